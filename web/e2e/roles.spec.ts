import { expect, type Page, test } from '@playwright/test'
import { expectState, failOnErrors, givenInstallation, openAt } from './fixture'
import { Rest } from './rest'
import { admin } from './server'

const installation = givenInstallation()

test('a viewer reads and follows, and is offered nothing to change', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'For all to read', content: 'Some words.' })
  const page = await openAt(browser, installation(), '/', await rest.addUser('Vic', 'viewer'))
  await expect(page.getByRole('link', { name: post.title })).toBeVisible()
  await expect(page.getByRole('link', { name: 'New post' })).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0)
  await page.getByRole('button', { name: `Actions for ${post.title}` }).click()
  await expect(page.getByRole('menuitem', { name: 'History' })).toBeVisible()
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toHaveCount(0)
  await expect(page.getByRole('menuitem', { name: 'Publish' })).toHaveCount(0)

  await page.goto(`/posts/${post.id}`)
  await expect(page.getByText('Some words.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0)
  await page.goto('/users')
  await expect(page.getByRole('heading', { name: 'Administrators only' })).toBeVisible()

  await page.goto('/')
  await expectState(page, 'Live')
  await rest.editPost(post, { title: 'For all to read, now' })
  await expect(page.getByRole('link', { name: 'For all to read, now' })).toBeVisible()
  await page.context().close()
})

test('an administrator adds a user, who becomes an editor on the open page', async ({ browser }) => {
  const page = await openAt(browser, installation(), '/users')
  await page.getByRole('button', { name: 'Add user' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add user' })
  await dialog.getByLabel('Name').fill('Cleo')
  await dialog.getByLabel('Email').fill('cleo@example.com')
  await dialog.getByLabel('Role').selectOption('viewer')
  await dialog.getByLabel('Temporary password').fill('short')
  await dialog.getByRole('button', { name: 'Add user' }).click()
  await expect(dialog.getByLabel('Temporary password')).toHaveAccessibleDescription(/\d+/)
  const cleo = { email: 'cleo@example.com', password: 'Cleo has a long password' }
  await dialog.getByLabel('Temporary password').fill(cleo.password)
  await dialog.getByRole('button', { name: 'Add user' }).click()
  await expect(dialog).toBeHidden()

  const hers = await (await browser.newContext({ baseURL: installation().url })).newPage()
  failOnErrors(hers)
  await hers.goto('/')
  await hers.getByLabel('Email').fill(cleo.email)
  await hers.getByLabel('Password', { exact: true }).fill(cleo.password)
  await hers.getByRole('button', { name: 'Sign in' }).click()
  await expect(hers.getByRole('heading', { name: 'Change your password' })).toBeVisible()
  await hers.getByLabel(/^Current password/).fill(cleo.password)
  await hers.getByLabel(/^New password/).fill('A word of her own')
  await hers.getByLabel(/^Repeat new password/).fill('A word of her own')
  await hers.getByRole('button', { name: 'Change password' }).click()
  await expectState(hers, 'Live')
  await expect(hers.getByRole('link', { name: 'New post' })).toHaveCount(0)
  await page.getByLabel('Role of Cleo').selectOption('editor')
  await refuseOnce(page, 'PATCH', 'reauthentication-required') // as if the sign-in were more than ten minutes ago
  await page.getByRole('dialog', { name: 'Change Cleo’s role to Editor?' }).getByRole('button', { name: 'Change role' }).click()
  const confirm = page.getByRole('dialog', { name: 'Confirm your password' })
  await confirm.getByLabel(/^Your password/).fill(admin.password)
  await confirm.getByRole('button', { name: 'Confirm' }).click()
  await expect(hers.getByRole('link', { name: 'New post' }).first()).toBeVisible()

  await page.getByRole('button', { name: 'Actions for Cleo' }).click()
  await page.getByRole('menuitem', { name: 'Disable' }).click()
  await page.getByRole('dialog', { name: 'Disable Cleo?' }).getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByRole('row', { name: 'Cleo' })).toContainText('Disabled')
  await expect(hers.getByRole('dialog', { name: 'Sign in again' })).toBeVisible()
  await Promise.all([page, hers].map((one) => one.context().close()))
})

/** Refuses the next such request for a user, as the server does, with a code. */
async function refuseOnce(page: Page, method: string, code: string): Promise<void> {
  let refused = false
  await page.route('**/api/users/*', (route) => {
    if (refused || route.request().method() !== method) return route.continue()
    refused = true
    const problem = { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'Confirm this.', code, requestId: 'r' }
    return route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) })
  })
}
