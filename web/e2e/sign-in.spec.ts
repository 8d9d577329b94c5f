import { expect, test } from '@playwright/test'
import { expectState, failOnErrors, givenInstallation, openAt } from './fixture'
import { admin } from './server'

const installation = givenInstallation()

test('a link leads to its page after the sign-in, and a reload stays signed in', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: installation().url })
  const page = await context.newPage()
  failOnErrors(page)
  await page.goto('/account')
  await page.getByLabel('Email').fill(admin.email)
  await page.getByLabel('Password', { exact: true }).fill('not this one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toHaveText('Incorrect email or password.')

  await page.getByLabel('Password', { exact: true }).fill(admin.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Account' })).toBeVisible()
  await expectState(page, 'Live')

  await page.reload()
  await expect(page.getByRole('heading', { name: 'Account' })).toBeVisible()
  await expectState(page, 'Live')
  await context.close()
})

test('many tabs renew one session without ending it, and one sign-out is for all', async ({ browser }) => {
  const first = await openAt(browser, installation(), '/')
  const tabs = await Promise.all([1, 2, 3].map(() => first.context().newPage()))
  await Promise.all(tabs.map((tab) => tab.goto('/')))
  await Promise.all([first, ...tabs].map((tab) => tab.reload()))
  for (const tab of [first, ...tabs]) await expectState(tab, 'Live')

  await first.getByRole('button', { name: /account and sign out/ }).click()
  await first.getByRole('menuitem', { name: 'Sign out' }).click()
  for (const tab of [first, ...tabs]) await expect(tab.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await first.context().close()
})

test('a browser that is signed out elsewhere is asked to sign in again', async ({ browser }) => {
  const here = await openAt(browser, installation(), '/account')
  const phone = await openAt(browser, installation(), '/', admin, { userAgent: 'Mozilla/5.0 (iPhone) Safari/604.1' })
  await here.reload()
  await here.getByRole('button', { name: 'Sign out Safari on iOS' }).click()
  await expect(phone.getByRole('dialog', { name: 'Sign in again' })).toBeVisible()
  await expectState(phone, 'Signed out')
  await expectState(here, 'Live')
  await Promise.all([here, phone].map((page) => page.context().close()))
})
