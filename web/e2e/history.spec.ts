import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { givenInstallation, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

const north = 'The north gate opens at nine and the ticket costs five euros.'
const south = 'The south gate stays closed until the end of the summer works.'
const west = 'Visitors from the west enter by the bridge near the old mill.'
const text = (...paragraphs: string[]) => paragraphs.join('\n\n')

const entry = (page: Page, version: number) => page.getByRole('button', { name: new RegExp(`^Version ${version}\\b`) })

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
}

test('a restore brings back text only, with a notice, and can be undone', async ({ browser }) => {
  const rest = new Rest(installation())
  const first = await rest.publish(await rest.createPost({ title: 'Gates', content: north }))
  const hidden = await rest.publish(first, false)
  const rewritten = await rest.editPost(hidden, { content: south })
  const page = await openAt(browser, installation(), `/posts/${first.id}/history`)
  await entry(page, 1).click()
  await page.getByRole('button', { name: 'Restore version 1' }).click()
  const dialog = page.getByRole('dialog', { name: 'Restore version 1?' })
  await expect(dialog.getByRole('listitem')).toHaveText(['Content'])
  await expect(dialog).toContainText('The post stays a draft.')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Restore version 1' }).click()
  await expect(page.getByText('Version 1 restored', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Restore version 1' })).toBeFocused()
  await expect(entry(page, rewritten.version + 1)).toContainText('restored version 1')
  expect(await rest.readPost(first)).toMatchObject({ content: north, published: false, liveVersion: null })
  expect(await rest.readPublic(first.slug)).toBeNull()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText(`Version ${rewritten.version} restored.`)).toBeVisible()
  expect(await rest.readPost(first)).toMatchObject({ content: south, published: false })
  await page.context().close()
})

test('a version shows what it changed, has an address, and moved paragraphs are marked', async ({ browser }) => {
  const rest = new Rest(installation())
  const ben = new Rest(installation(), await rest.addUser('Ben', 'editor'))
  const first = await rest.createPost({ title: 'Gates of the town', content: text(north, south, 'Middle.', west) })
  const second = await ben.editPost(first, { content: text(north.replace('nine', 'ten'), south, 'Middle.', west) })
  await rest.editPost(second, { content: text(west, north.replace('nine', 'ten'), south, 'Middle.') })
  const page = await openAt(browser, installation(), `/posts/${first.id}/history`)
  await entry(page, 2).click()
  await expect(page).toHaveURL(/\?version=2$/)
  await expect(page.locator('.cm-merge-a .cm-changedText')).toHaveText(['nine'])
  await expect(page.locator('.cm-merge-b .cm-changedText')).toHaveText(['ten'])
  await expectAccessible(page)
  await entry(page, 3).click()
  await expect(page.getByText(/moved here from line 7/)).toBeVisible()
  await page.goBack()
  await expect(page.locator('.cm-merge-b .cm-changedText')).toHaveText(['ten'])
  await page.getByRole('combobox', { name: 'Compare' }).selectOption('1')
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(page).toHaveURL(/\?from=1&to=3$/)
  await expect(page.getByRole('group', { name: 'Version 1 compared with Version 3' })).toBeVisible()
  await expectAccessible(page)
  await page.goBack()
  await expect(entry(page, 1)).toBeVisible()
  await page.context().close()
})

test('versions saved in one go are one entry, in the history and in the activity', async ({ browser }) => {
  const rest = new Rest(installation())
  let post = await rest.createPost({ title: 'Autosaved', content: 'Text 1.' })
  for (let step = 2; step <= 5; step++) post = await rest.editPost(post, { content: `Text ${step}.` }, false)
  const page = await openAt(browser, installation(), `/posts/${post.id}/history`)
  await expect(page.getByRole('button', { name: /^Versions 2–5.*4 versions/ })).toBeVisible()
  await page.getByRole('button', { name: 'Show 4 versions' }).click()
  await expect(page.getByRole('button', { name: /^Version \d/ })).toHaveCount(5)
  await page.getByRole('link', { name: 'Activity' }).click()
  const line = page.getByRole('listitem').filter({ hasText: 'Autosaved' }).filter({ hasText: '4 versions' })
  await expect(line).toHaveCount(1)
  await page.context().close()
})
