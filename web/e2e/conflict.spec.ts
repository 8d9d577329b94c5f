import { expect, test } from '@playwright/test'
import { EditorPage } from './editorPage'
import { expectState, givenInstallation } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

test('a field that two people changed asks for a decision; all other fields follow', async ({ browser }) => {
  const rest = new Rest(installation())
  const ben = await rest.addUser('Ben', 'editor')
  const post = await rest.createPost({ title: 'Ferries', category: 'Sea', content: 'Two a day.' })
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`, ben)
  installation().proxy.cut()
  await editor.title.fill('Ferries in summer')
  const changed = await rest.editPost(post, { title: 'Ferries in winter', category: 'Islands' })
  installation().proxy.restore()
  await expectState(editor.page, 'Live')

  await expect(editor.page.getByRole('combobox', { name: 'Category' })).toHaveValue('Islands')
  await expect(editor.title).toHaveValue('Ferries in summer')
  await expect(editor.page.getByText('Your version is kept until you decide.')).toBeVisible()
  await editor.button('Review').click()
  const dialog = editor.page.getByRole('dialog', { name: 'Resolve the conflict' })
  await expect(dialog.getByText('Original: Ferries', { exact: true })).toBeVisible()
  await expect(dialog.getByRole('radio', { name: /: Ferries in winter$/ })).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Confirm' })).toBeDisabled()
  await dialog.getByRole('radio', { name: 'Yours: Ferries in summer' }).check()
  expect((await rest.readPost(post)).title).toBe('Ferries in winter')
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await editor.expectSaved()
  expect(await rest.readPost(changed)).toMatchObject({ title: 'Ferries in summer', category: 'Islands' })
  await editor.close()
})
