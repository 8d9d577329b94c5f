import { expect, test } from '@playwright/test'
import { expectState, givenInstallation, markDocument, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

test('a page whose code could not be loaded opens after “Try again”', async ({ browser }) => {
  const page = await openAt(browser, installation(), '/account')
  const code = '**/assets/ActivityPage-*.js'
  await page.route(code, (route) => route.abort())
  await page.reload()
  await expectState(page, 'Live')
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('alert')).toContainText('Something went wrong on this page.')
  await page.unroute(code)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'Activity', exact: true })).toBeVisible()
  await page.context().close()
})

test('a page whose code could not be loaded opens by itself when the server is back', async ({ browser }) => {
  const page = await openAt(browser, installation(), '/account')
  const code = '**/assets/ActivityPage-*.js'
  await page.route(code, (route) => route.abort())
  await page.reload()
  await expectState(page, 'Live')
  installation().proxy.cut()
  await expectState(page, /Offline since/)
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('alert')).toContainText('Something went wrong on this page.')
  await page.unroute(code)
  installation().proxy.restore()
  await expectState(page, 'Live')
  await expect(page.getByRole('heading', { name: 'Activity', exact: true })).toBeVisible()
  await page.context().close()
})

test('an open page of an older build reloads itself when nothing is unsaved', async ({ browser }) => {
  const page = await openAt(browser, installation(), '/account')
  const isSame = await markDocument(page)
  // The server has another build: it no longer has this file, and its page names another first script.
  await page.route('**/assets/ActivityPage-*.js', (route) => route.fulfill({ status: 404, body: 'Not found' }))
  await page.route('/', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()).replace(/index-[\w-]+\.js/, 'index-newer.js') })
  })
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect.poll(isSame).toBe(false)
  await page.unrouteAll({ behavior: 'ignoreErrors' }) // the reload may have cut a request
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Activity', exact: true })).toBeVisible()
  }).toPass()
  await page.context().close()
})

test('the refusal of a change of users has its reason', async ({ browser }) => {
  const page = await openAt(browser, installation(), '/users')
  await page.getByRole('combobox', { name: /^Role of/ }).selectOption('editor')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Change role' }).click()
  await expect(dialog.getByRole('alert')).toContainText(/last active admin/)
  await page.context().close()
})

test('a disabled account is named after the right password only', async ({ browser }) => {
  const rest = new Rest(installation())
  const hal = await rest.addUser('Hal', 'editor')
  await rest.changeUser(hal, { disabled: true })
  const page = await (await browser.newContext({ baseURL: installation().url })).newPage()
  await page.goto('/')
  await expect(page.getByLabel('Email')).toBeFocused()
  await page.getByLabel('Email').fill(hal.email)
  await page.getByLabel('Password', { exact: true }).fill('not this one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toHaveText('Incorrect email or password.')
  await page.getByLabel('Password', { exact: true }).fill(hal.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toHaveText('Your account is disabled. Ask an administrator.')
  await page.context().close()
})

test('the focus moves to the new page, and back to the control after a dialog', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Focused' })
  const page = await openAt(browser, installation(), '/')
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeFocused()
  await page.goto('/')
  await page.getByRole('link', { name: post.title }).click()
  await expect(page.getByRole('textbox', { name: 'Content' })).toBeVisible()
  expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true)
  await page.goto('/users')
  const add = page.locator('#main').getByRole('button', { name: 'Add user' })
  await add.click()
  await expect(page.getByRole('dialog', { name: 'Add user' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(add).toBeFocused()
  await page.context().close()
})

test('unknown addresses are not found', async ({ request }) => {
  for (const path of ['/feed', '/robots.txt', '/sitemap.xml']) {
    expect((await request.get(installation().direct + path)).status(), path).toBe(404)
  }
})
