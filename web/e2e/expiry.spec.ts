import { expect, test } from '@playwright/test'
import { expectState, givenDesk, markDocument, openAt } from './desk'
import { Rest } from './rest'
import { admin } from './server'

const desk = givenDesk({ WIREDESK_ACCESS_TTL: '3s' })

test('a token that expires while the page is cut off does not end it', async ({ browser, request }) => {
  const rest = new Rest(desk())
  const page = await openAt(browser, desk(), '/')
  const isSame = await markDocument(page)
  desk().line.cut()
  await expectState(page, /Offline since/)

  // A token that was given after the page's last one has expired: so has the page's.
  const login = await request.post(`${desk().direct}/api/auth/login`, { data: admin })
  const { accessToken } = (await login.json()) as { accessToken: string }
  const headers = { Authorization: `Bearer ${accessToken}` }
  await expect
    .poll(async () => (await request.get(`${desk().direct}/api/auth/me`, { headers })).status(), { timeout: 20_000 })
    .toBe(401)
  await rest.createPost({ title: 'Written meanwhile' })

  desk().line.mend()
  await expectState(page, 'Live')
  await expect(page.getByRole('link', { name: 'Written meanwhile' })).toBeVisible()
  expect(await isSame()).toBe(true)
  await page.context().close()
})

test('a session that was ended asks to sign in over the page, and keeps what was typed', async ({ browser }) => {
  const rest = new Rest(desk())
  const ben = await rest.addUser('Ben', 'editor')
  const page = await openAt(browser, desk(), '/posts/new', ben)
  await page.getByRole('textbox', { name: 'Title' }).fill('Half a thought')
  await rest.resetPassword(ben, 'another long password')

  const dialog = page.getByRole('dialog', { name: 'Sign in again' })
  await expect(dialog).toBeVisible()
  await expect(dialog.getByLabel('E-mail')).toHaveValue(ben.email)
  await dialog.getByLabel('Password', { exact: true }).fill('another long password')
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expectState(page, 'Live')
  await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('Half a thought')
  await page.context().close()
})
