import { expect, test } from '@playwright/test'
import { givenInstallation, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

test('a form that is being written in is never refreshed, and asks when both changed a field', async ({ browser }) => {
  const rest = new Rest(installation())
  const ben = await rest.addUser('Ben', 'editor')
  const post = await rest.createPost({ title: 'Ferries', category: 'Sea', content: 'Two a day.' })
  const page = await openAt(browser, installation(), `/posts/${post.id}`, ben)
  const title = page.getByRole('textbox', { name: 'Title', exact: true })
  await title.fill('Ferries in summer')

  const changed = await rest.editPost(post, { title: 'Ferries in winter', category: 'Islands' })
  await expect(page.getByRole('combobox', { name: 'Category' })).toHaveValue('Islands')
  await expect(title).toHaveValue('Ferries in summer')
  await expect(page.getByText('Yours is kept until you choose.')).toContainText('“Ferries in winter”')

  await page.getByRole('button', { name: 'View both' }).click()
  const dialog = page.getByRole('dialog', { name: 'Changed by you and by somebody else' })
  await expect(dialog).toContainText('Ferries in summer')
  await expect(dialog).toContainText('Ferries in winter')
  await dialog.getByRole('button', { name: 'Keep mine' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  expect(await rest.readPost(changed)).toMatchObject({ title: 'Ferries in summer', category: 'Islands' })
  await page.context().close()
})

test('nobody’s text is lost when both save while one of them is cut off', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Lighthouse', content: 'It blinks.' })
  const page = await openAt(browser, installation(), `/posts/${post.id}`)
  const title = page.getByRole('textbox', { name: 'Title', exact: true })
  await expect(title).toHaveValue('Lighthouse')
  installation().proxy.cut()
  await title.fill('Lighthouse at night')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Your text is still here.')
  await rest.editPost(post, { title: 'Lighthouse by day' })

  installation().proxy.restore()
  await page.getByRole('button', { name: 'Take theirs' }).first().click()
  await expect(title).toHaveValue('Lighthouse by day')
  await page.context().close()
})
