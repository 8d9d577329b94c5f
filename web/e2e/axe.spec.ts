import { AxeBuilder } from '@axe-core/playwright'
import { type BrowserContextOptions, expect, type Page, test } from '@playwright/test'
import { givenInstallation, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

const screens: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  zoomed: { viewport: { width: 320, height: 256 }, colorScheme: 'light' }, // 1280×1024 at 400 %
  narrow: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
}

async function expectClean(page: Page, path: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const told = violations.map(({ id, nodes }) => `${path} ${id}: ${nodes.map(({ html }) => html).join('\n  ')}`)
  expect(told).toEqual([])
}

for (const [name, screen] of Object.entries(screens)) {
  test(`every page can be used by everyone: ${name}`, async ({ browser }) => {
    test.slow()
    const rest = new Rest(installation())
    const post = await rest.createPost({ title: `Harbour news, ${name}`, content: '# Ships\n\nThree came in.', category: 'News' })
    await rest.publish(await rest.editPost(post, { description: 'What came in.' }))
    const page = await openAt(browser, installation(), '/', undefined, { ...screen, reducedMotion: 'reduce' })
    const paths = ['/', '/posts/new', `/posts/${post.id}`, `/posts/${post.id}/history`, '/?status=deleted', '/activity', '/users', '/account']
    for (const path of [...paths, '/nowhere']) {
      await page.goto(path)
      await expect(page.getByRole('heading').first()).toBeVisible()
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
      await expectClean(page, path)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0)
    }
    await page.context().clearCookies()
    await page.goto('/')
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
    await expectClean(page, 'sign-in')
    await page.context().close()
  })
}
