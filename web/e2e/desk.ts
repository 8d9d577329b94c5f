import { type Browser, type BrowserContextOptions, expect, type Page, test } from '@playwright/test'
import { admin, type Credentials, type Desk, startDesk } from './server'

/** A desk of its own for the tests of this file: started before them, stopped after them. */
export function givenDesk(env: Record<string, string> = {}): () => Desk {
  let desk: Desk | undefined
  test.beforeAll(async () => {
    desk = await startDesk(env)
  })
  test.afterAll(async () => {
    await desk?.stop()
  })
  test.afterEach(() => desk?.line.mend())
  return () => {
    if (desk === undefined) throw new Error('the desk was not started')
    return desk
  }
}

/** A browser of its own in which that person is signed in, at that path, live. */
export async function openAt(
  browser: Browser,
  desk: Desk,
  path: string,
  who: Credentials = admin,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ baseURL: desk.url, ...options })
  const answer = await context.request.post('/api/auth/login', { data: who })
  expect(answer.status()).toBe(200)
  const page = await context.newPage()
  failOnErrors(page)
  await page.goto(path)
  await expectState(page, 'Live')
  return page
}

/** Fails the test when the page throws, or does what the server's Content-Security-Policy forbids. */
export function failOnErrors(page: Page): void {
  page.on('pageerror', (error) => {
    throw error
  })
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) throw new Error(message.text())
  })
}

/** Waits until the connection badge says so. */
export async function expectState(page: Page, words: string | RegExp): Promise<void> {
  await expect(page.locator('[data-connection]')).toHaveText(words, { timeout: 30_000 })
}

/** Marks the loaded document; the answer tells whether it is still the same one. */
export async function markDocument(page: Page): Promise<() => Promise<boolean>> {
  const marked = await page.evaluateHandle(() => document.documentElement)
  return () => marked.evaluate((root) => root.isConnected).catch(() => false)
}
