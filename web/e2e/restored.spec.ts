import { expect, type Page, test } from '@playwright/test'
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EditorPage } from './editorPage'
import { expectState, givenInstallation, markDocument, openAt, openTab } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()
const fromDatabase = 'The database was restored to an earlier state'

const data = () => join(installation().folder, 'data')
const backup = () => join(installation().folder, 'backup')
const databaseFiles = (folder: string) => readdirSync(folder).filter((name) => /^wiredesk\.db(-wal|-shm)?$/.test(name))

function copyDatabase(from: string, to: string): void {
  if (to === data()) for (const name of databaseFiles(to)) rmSync(join(to, name))
  for (const name of databaseFiles(from)) cpSync(join(from, name), join(to, name))
}

const takeBackup = () => installation().restartAfter(() => {
  mkdirSync(backup())
  copyDatabase(data(), backup())
})
const restoreBackup = () => installation().restartAfter(() => copyDatabase(backup(), data()))

/** Takes a picture where a folder for them is given. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PICTURES']
  if (folder === undefined) return
  await page.screenshot({ path: join(folder, `${name}.png`) })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: join(folder, `${name}-dark.png`) })
  await page.emulateMedia({ colorScheme: 'light' })
  const size = page.viewportSize()
  await page.setViewportSize({ width: 390, height: 780 })
  await page.screenshot({ path: join(folder, `${name}-narrow.png`) })
  if (size) await page.setViewportSize(size)
}

test('after a restored backup screens show what the database has, and unsaved text is kept', async ({ browser }) => {
  test.setTimeout(90_000)
  const rest = new Rest(installation())
  const text = 'First line\nSecond line\nThird line'
  const back = await rest.createPost({ title: 'Goes back', content: text })
  const quiet = await rest.createPost({ title: 'Stays', content: 'Stays' })
  const reader = await openAt(browser, installation(), '/')
  const open = await openTab(reader.context(), `/posts/${back.id}`)
  const writer = await EditorPage.open(browser, installation(), `/posts/${back.id}`)
  await takeBackup()

  const later = await rest.editPost(await rest.readPost(back), { content: text.replace('Second', 'Later') })
  await rest.editPost(later, { title: 'Went on' })
  const gone = await rest.createPost({ title: 'Is lost', content: 'Lost text' })
  await expect(reader.getByRole('link', { name: 'Is lost' })).toBeVisible()
  await expect(reader.getByRole('link', { name: 'Went on' })).toBeVisible()
  const lostEditor = new EditorPage(await openTab(writer.page.context(), `/posts/${gone.id}`))
  await expectState(writer.page, 'Live')
  await writer.expectText(text.replace('Second', 'Later'))
  await expect(lostEditor.content).toBeVisible()
  const isSame = await markDocument(writer.page)

  // Autosave is on: it tries all the time, and may reach the server before the stream does.
  installation().proxy.cut()
  await writer.goToEndOf(2)
  await writer.type(' and mine')
  await lostEditor.goToEndOf(1)
  await lostEditor.type(' and more')
  await restoreBackup()
  installation().proxy.restore()

  await test.step('the list and the open post', async () => {
    for (const page of [reader, open, writer.page, lostEditor.page]) await expectState(page, 'Live')
    await expect(reader.getByText(fromDatabase)).toBeVisible()
    await expect(reader.getByRole('link', { name: 'Goes back' })).toBeVisible()
    await expect(reader.getByRole('link', { name: 'Stays' })).toBeVisible()
    await expect(reader.getByRole('link', { name: /Is lost|Went on/ })).toHaveCount(0)
    await expect(reader.getByText('2 posts')).toBeVisible()
    const shown = new EditorPage(open)
    await shown.expectText(text)
    await expect(shown.title).toHaveValue('Goes back')
  })

  await test.step('unsaved text in a post whose versions went back', async () => {
    await expect(writer.page.getByText(`${fromDatabase}, with another Content. Your text is kept until you decide.`)).toBeVisible()
    expect(await isSame()).toBe(true)
    await writer.expectText('First line\nLater line and mine\nThird line')
    await expect(writer.title).toHaveValue('Goes back')
    await picture(writer.page, 'conflict')
    expect((await rest.readPost(back)).content).toBe(text)
    await writer.button('Review').click()
    const dialog = writer.page.getByRole('dialog')
    await dialog.getByRole('button', { name: /^Use mine,/ }).click()
    await picture(writer.page, 'review')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await writer.expectSaved()
    expect((await rest.readPost(back)).content).toBe('First line\nLater line and mine\nThird line')
    await expect.poll(() => new EditorPage(open).text()).toBe('First line\nLater line and mine\nThird line')
  })

  await test.step('unsaved text in a post that does not exist any more', async () => {
    const { page } = lostEditor
    await expect(page.getByText(`${fromDatabase}, which does not have this post. Your text is still here.`)).toBeVisible()
    await lostEditor.expectText('Lost text and more')
    await picture(page, 'missing')
    await lostEditor.button('Save as a new post').click()
    await expect(page.getByText('Your text was saved as the new post “Is lost”.')).toBeVisible()
    await lostEditor.expectText('Lost text and more')
    await expect(reader.getByRole('link', { name: 'Is lost' })).toBeVisible()
  })
  expect(await rest.posts()).toMatchObject([{ title: 'Is lost', version: 1 }, { title: 'Goes back', version: back.version + 1 }, { id: quiet.id }])
  await reader.context().close()
  await writer.close()
})
