import { expect, type Page, test } from '@playwright/test'
import { expectState, givenInstallation, markDocument, openAt } from './fixture'
import { Rest } from './rest'
import { admin } from './server'

const installation = givenInstallation({ WIREDESK_ACCESS_TTL: '3s' })

/** Fails new requests for a token, and waits for those under way: an answer that is lost on the way ends the session. */
async function holdRefreshes(page: Page): Promise<void> {
  const refreshes = '**/api/auth/refresh'
  let held = 0
  await page.route(refreshes, (route) => {
    held += 1
    return route.abort()
  })
  // The page renews its token one request at a time: one that is held back proves that none is under way.
  await expect.poll(() => held, { timeout: 20_000 }).toBeGreaterThan(0)
}

test('a token that expires while the page is cut off does not end it', async ({ browser, request }) => {
  const rest = new Rest(installation())
  const page = await openAt(browser, installation(), '/')
  await expect(page.getByRole('heading', { name: 'Posts', exact: true })).toBeVisible()
  const isSame = await markDocument(page)
  await holdRefreshes(page)
  installation().proxy.cut()
  await expectState(page, /Offline since/)

  // A token that was given after the page's last one has expired: so has the page's.
  const login = await request.post(`${installation().direct}/api/auth/login`, { data: admin })
  const { accessToken } = (await login.json()) as { accessToken: string }
  const headers = { Authorization: `Bearer ${accessToken}` }
  await expect
    .poll(async () => (await request.get(`${installation().direct}/api/auth/me`, { headers })).status(), { timeout: 20_000 })
    .toBe(401)
  await rest.createPost({ title: 'Written meanwhile' })

  installation().proxy.restore()
  await page.unrouteAll()
  await expectState(page, 'Live')
  await expect(page.getByRole('link', { name: 'Written meanwhile' })).toBeVisible()
  expect(await isSame()).toBe(true)
  await page.context().close()
})

test('a session that was ended asks to sign in over the page, and keeps what was typed', async ({ browser }) => {
  const rest = new Rest(installation())
  const ben = await rest.addUser('Ben', 'editor')
  const page = await openAt(browser, installation(), '/posts/new', ben)
  await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Half a thought')
  await rest.resetPassword(ben, 'another long password')

  const dialog = page.getByRole('dialog', { name: 'Sign in again' })
  await expect(dialog).toBeVisible()
  await expect(dialog.getByLabel('Email')).toHaveValue(ben.email)
  await dialog.getByLabel('Password', { exact: true }).fill('another long password')
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expectState(page, 'Live')
  await expect(page.getByRole('textbox', { name: 'Title', exact: true })).toHaveValue('Half a thought')
  await page.context().close()
})

test('on the event stream, each token is renewed without an outage', async ({ browser }) => {
  const rest = new Rest(installation())
  const page = await openAt(browser, installation(), '/')
  installation().proxy.refuseUpgrades()
  await expectState(page, 'Live (fallback)')
  const states = await page.locator('[data-connection]').evaluateHandle((badge) => {
    const seen = new Set<string>()
    new MutationObserver(() => seen.add(badge.getAttribute('data-connection') ?? '')).observe(badge, { attributes: true })
    return seen
  })
  let streams = 0
  page.on('request', (request) => {
    if (request.url().includes('/api/stream')) streams += 1
  })
  await expect.poll(() => streams, { timeout: 30_000 }).toBeGreaterThan(3)
  await rest.createPost({ title: 'Written under a later token' })
  await expect(page.getByRole('link', { name: 'Written under a later token' })).toBeVisible()
  expect(await states.evaluate((seen) => [...seen])).not.toContain('offline')
  await page.context().close()
})
