import { AxeBuilder } from '@axe-core/playwright'
import { type BrowserContextOptions, expect, type Page, test } from '@playwright/test'
import { EditorPage } from './editorPage'
import { givenInstallation, openAt } from './fixture'
import { type ImageServer, startImageServer } from './imageServer'
import { Rest } from './rest'
import { admin } from './server'

const installation = givenInstallation()
const options: BrowserContextOptions = { ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' }

let site: ImageServer
test.beforeEach(async () => {
  site = await startImageServer()
})
test.afterEach(() => site.stop())

const content = ({ host }: ImageServer) =>
  [
    'Ships in the harbour.',
    `![A ship](https://${host}/ship.svg)`,
    `A [![badge](http://${host}/badge.svg)](https://example.org) in a text, <img src="//${host}/pier.svg" alt="The pier" width="480" height="270">`,
    `| a | b |\n| - | - |\n| ![In a table](HTTPS://${host}/table.svg) | ${'word '.repeat(8)} |`,
    '![Own](/favicon.svg)',
    `<img src="https://${host}/block.svg" alt="A block" srcset="https://${host}/block2.svg 2x">`,
    ...Array.from({ length: 30 }, (_, i) => `Paragraph ${i + 1}.`),
  ].join('\n\n')

const image = (page: Page, name: string) => page.getByRole('region', { name: 'Preview' }).getByRole('img', { name, exact: true })
const load = (page: Page, name: string) => page.getByRole('button', { name: `Load image: ${name}`, exact: true })
const isLoaded = (page: Page, name: string) =>
  expect.poll(() => image(page, name).evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(480)

test('images of other sites load after a click, or when their host is allowed', async ({ browser }) => {
  test.slow()
  const rest = new Rest(installation())
  const post = await rest.createPost({
    title: 'Ships',
    content: content(site),
    blogImage: `https://${site.host}/cover.svg`,
    authorImage: `https://${site.host}/author.svg`,
    authorName: 'Ana',
  })
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`, admin, options)
  const { page } = editor
  const preview = page.getByRole('region', { name: 'Preview' })

  // Nothing is requested before the click, on any page.
  await expect(load(page, 'A ship')).toBeVisible()
  await expect(preview.getByRole('button', { name: /^Load image: / })).toHaveCount(5)
  await expect.poll(() => image(page, 'Own').evaluate((element) => (element as HTMLImageElement).complete)).toBe(true)
  for (const path of [`/posts/${post.id}/history/1`, `/posts/${post.id}/history`, `/posts/${post.id}`]) {
    await page.goto(path)
    await expect(page.getByRole('heading').first()).toBeVisible()
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
  }
  await expect(load(page, 'A ship')).toBeVisible()
  await page.waitForLoadState('networkidle')
  expect(site.requests).toEqual([])

  // The keyboard loads one image: one request, without a referrer.
  await load(page, 'A ship').focus()
  await page.keyboard.press('Enter')
  await isLoaded(page, 'A ship')
  expect(site.requests).toEqual(['GET /ship.svg'])

  // It stays while its paragraph changes; the scroll position stays when another user changes the text above.
  const element = await image(page, 'A ship').elementHandle()
  await editor.goToEndOf(3)
  await editor.type(' and some words')
  await expect(preview).toContainText('and some words')
  await editor.expectSaved()
  await preview.evaluate((region) => (region.scrollTop = 60))
  const saved = await rest.readPost(post)
  await rest.editPost(saved, { content: saved.content.replace('harbour.', 'harbour: three.').replace('some words', 'words') }, false)
  await expect(preview).toContainText('harbour: three.')
  expect(await element?.evaluate((node) => node.isConnected)).toBe(true)
  expect(await preview.evaluate((region) => region.scrollTop)).toBe(60)
  expect(site.requests).toEqual(['GET /ship.svg'])

  // A click on a placeholder inside a link opens no page. An http image loads over https.
  await load(page, 'badge').click()
  await isLoaded(page, 'badge')
  expect(page.context().pages()).toHaveLength(1)
  expect(site.requests).toEqual(['GET /ship.svg', 'GET /badge.svg'])

  // A click is forgotten at a reload, an allowed host is not.
  await editor.expectSaved()
  await page.reload()
  await expect(load(page, 'A ship')).toBeVisible()
  expect(site.requests).toHaveLength(2)
  const allow = page.getByRole('button', { name: `Always load from this host: ${site.host}` })
  await preview.getByRole('group', { name: `A ship, image from ${site.host}` }).getByRole('button', { name: /^Always/ }).click()
  await isLoaded(page, 'A ship')
  await expect(allow).toHaveCount(0)
  await page.reload()
  await isLoaded(page, 'A ship')
  await expect(allow).toHaveCount(0)

  // The account page has the host. After its removal images need a click again.
  await page.goto('/account')
  await page.getByRole('button', { name: `Remove ${site.host}` }).click()
  await expect(page.getByText('Hosts that you always allow are listed here.')).toBeVisible()
  site.requests.length = 0
  await page.goto(`/posts/${post.id}`)
  await expect(load(page, 'A ship')).toBeVisible()
  await page.waitForLoadState('networkidle')
  expect(site.requests).toEqual([])
  await page.context().close()
})

test('a viewer loads the cover and the author’s image; an image that is missing has a reason', async ({ browser }) => {
  const rest = new Rest(installation())
  const viewer = await rest.addUser('Vera', 'viewer')
  const post = await rest.createPost({
    title: 'Ships',
    content: `![Gone](https://${site.host}/missing.png)`,
    blogImage: `http://${site.host}/cover.svg`,
    authorImage: `http://${site.host}/author.svg`,
    authorName: 'Ana',
  })
  const page = await openAt(browser, installation(), `/posts/${post.id}`, viewer, options)
  await load(page, 'Gone').click()
  await expect(page.getByText(`Couldn’t load the image from ${site.host}.`)).toBeVisible()
  expect(site.requests).toEqual(['GET /missing.png'])
  await page.getByRole('button', { name: 'Try again: Gone' }).click()
  await expect.poll(() => site.requests).toEqual(['GET /missing.png', 'GET /missing.png'])
  await page.getByRole('button', { name: `Author, image from ${site.host}` }).click()
  await page.getByRole('menuitem', { name: 'Load image' }).click()
  await load(page, 'Cover image').click()
  await expect.poll(() => [...site.requests.slice(2)].sort()).toEqual(['GET /author.svg', 'GET /cover.svg'])
  await page.context().close()
})

for (const [name, screen] of Object.entries({
  wide: options,
  dark: { ...options, colorScheme: 'dark' as const },
  narrow: { ...options, viewport: { width: 320, height: 700 } },
})) {
  test(`placeholders can be used by everyone: ${name}`, async ({ browser }) => {
    const rest = new Rest(installation())
    const viewer = await rest.addUser(`Viktor${name}`, 'viewer')
    const post = await rest.createPost({
      title: 'Ships',
      content: content(site),
      blogImage: `https://${site.host}/cover.svg`,
      authorImage: `https://${site.host}/author.svg`,
    })
    const page = await openAt(browser, installation(), `/posts/${post.id}`, viewer, screen)
    await expect(load(page, 'A ship')).toBeVisible()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
    await page.context().close()
  })
}
