import { type Browser, type BrowserContextOptions, expect, type Page, test } from '@playwright/test'
import { admin, type Credentials, type Installation, startInstallation } from './server'

/** An installation for the tests of this file: started before them, stopped after them. */
export function givenInstallation(env: Record<string, string> = {}): () => Installation {
  let installation: Installation | undefined
  test.beforeAll(async () => {
    installation = await startInstallation(env)
  })
  test.afterAll(async () => {
    await installation?.stop()
  })
  test.afterEach(() => installation?.proxy.restore())
  return () => {
    if (installation === undefined) throw new Error('the installation was not started')
    return installation
  }
}

/** A new browser in which that user is signed in, with the page at that path, live. */
export async function openAt(
  browser: Browser,
  installation: Installation,
  path: string,
  who: Credentials = admin,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ baseURL: installation.url, ...options })
  const answer = await context.request.post('/api/auth/login', { data: who })
  expect(answer.status()).toBe(200)
  return openTab(context, path)
}

/** Another tab of a browser in which a user is signed in. */
export async function openTab(context: ReturnType<Page['context']>, path: string): Promise<Page> {
  const page = await context.newPage()
  failOnErrors(page)
  await page.goto(path)
  await expectState(page, 'Live')
  return page
}

/** Fails the test when the page throws, or violates the server's Content-Security-Policy. */
export function failOnErrors(page: Page): void {
  page.on('pageerror', (error) => {
    throw error
  })
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) throw new Error(message.text())
  })
}

/** Waits until the connection badge has this text. */
export async function expectState(page: Page, text: string | RegExp): Promise<void> {
  await expect(page.locator('[data-connection]')).toHaveText(text, { timeout: 30_000 })
}

/** Marks the loaded document; the returned function reports whether it is still the same one. */
export async function markDocument(page: Page): Promise<() => Promise<boolean>> {
  const marked = await page.evaluateHandle(() => document.documentElement)
  return () => marked.evaluate((root) => root.isConnected).catch(() => false)
}
