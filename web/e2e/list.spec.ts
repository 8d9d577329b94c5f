import { expect, type Page, test } from '@playwright/test'
import { givenInstallation, openAt } from './fixture'
import { Rest, type Post } from './rest'

const installation = givenInstallation()
let rest: Rest
test.beforeAll(() => {
  rest = new Rest(installation())
})

const row = (page: Page, title: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: title, exact: true }) })
const width = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

async function choose(page: Page, title: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${title}`, exact: true }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

test('rows stay under the pointer and under an open menu', async ({ browser }) => {
  for (const title of ['Held one', 'Held two', 'Held three']) await rest.createPost({ title })
  const page = await openAt(browser, installation(), '/')
  const target = page.getByRole('link', { name: 'Held one', exact: true })
  await target.hover()
  const before = await target.boundingBox()
  await rest.createPost({ title: 'Newcomer' })
  await expect(page.getByRole('button', { name: '1 new post' })).toBeVisible()
  expect(await target.boundingBox()).toEqual(before)

  await page.getByRole('button', { name: 'Actions for Held two' }).click()
  const item = page.getByRole('menuitem', { name: 'Publish' })
  await expect(item).toBeVisible()
  await rest.createPost({ title: 'Second newcomer' })
  await expect(page.getByText('2 new posts')).toBeVisible()
  expect(await target.boundingBox()).toEqual(before)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '2 new posts' }).click()
  await expect(page.getByRole('row').nth(1)).toContainText('Second newcomer')
  await page.context().close()
})

test('long words wrap, and the page fits at 390 px and at 400 % zoom', async ({ browser }) => {
  const long = { title: 'W'.repeat(200), description: 'x'.repeat(2_000), category: 'C'.repeat(100), authorName: 'A'.repeat(200) }
  await rest.createPost(long)
  const page = await openAt(browser, installation(), '/')
  for (const [w, h] of [[1280, 800], [1024, 768], [390, 844], [320, 256]] as const) {
    await page.setViewportSize({ width: w, height: h })
    const menu = page.getByRole('button', { name: `Actions for ${long.title}` })
    await menu.scrollIntoViewIfNeeded()
    await expect(menu).toBeInViewport({ ratio: 1 })
    expect(await width(page), `overflow at ${w} px`).toBeLessThanOrEqual(0)
  }
  await page.context().close()
})

test('publishing under Drafts and deleting can be undone from the keyboard', async ({ browser }) => {
  const post = await rest.createPost({ title: 'Undo me' })
  const page = await openAt(browser, installation(), '/?status=draft')
  await choose(page, 'Undo me', 'Publish')
  await expect(page.getByText('“Undo me” was published.')).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(row(page, 'Undo me')).toContainText('Draft')
  await expect.poll(async () => (await rest.readPost(post)).version).toBe(3)

  await choose(page, 'Undo me', 'Delete')
  await expect(page.getByText('“Undo me” was deleted.')).toBeVisible()
  await expect(row(page, 'Undo me')).toHaveCount(0)
  await expect(page.locator('[data-post] a:focus')).toHaveCount(1)
  await page.keyboard.press('Control+z')
  await expect(row(page, 'Undo me')).toContainText('Draft')
  await page.context().close()
})

test('deleted posts are found and restored; both screens follow', async ({ browser }) => {
  const ben = await rest.addUser('Ben', 'editor')
  await rest.createPost({ title: 'Lost and found', description: 'by the river' })
  const ana = await openAt(browser, installation(), '/')
  const bin = await openAt(browser, installation(), '/?status=deleted&q=rivér', ben)
  await expect(bin.getByText('No posts found')).toBeVisible()
  await choose(ana, 'Lost and found', 'Delete')
  await ana.mouse.move(0, 0)
  await expect(row(bin, 'Lost and found')).toContainText('by Admin')
  await expect(bin.locator('mark')).toHaveText('river')
  await bin.getByRole('button', { name: 'Restore Lost and found' }).click()
  await expect(bin.getByText('“Lost and found” was restored as a draft.')).toBeVisible()
  await expect(row(ana, 'Lost and found')).toContainText('Draft')
  await expect(bin.getByText('No posts found')).toBeVisible()
  await Promise.all([ana, bin].map((page) => page.context().close()))
})

/** Rows to load: more for the figures of docs/benchmarks.md than for CI. */
const rowCount = Number(process.env['LIST_ROWS'] ?? 300)

/** Prints the work per event; the goal of 50 ms for 1 000 rows is in docs/benchmarks.md. */
test('of many loaded rows, only those near the screen are rendered', async ({ browser }, info) => {
  test.setTimeout(180_000)
  const posts: Post[] = [await rest.createPost({ title: 'Row' })]
  for (let i = 0; i < rowCount; i += 20) {
    const titles = Array.from({ length: 20 }, (_, n) => `Row ${i + n}`)
    posts.push(...(await Promise.all(titles.map((title) => rest.createPost({ title, description: `About ${title}` })))))
  }
  const page = await openAt(browser, installation(), '/')
  await loadRows(page, rowCount)
  for (const [place, top] of [['scrolled down', 5_000], ['at the top', 0]] as const) {
    await page.evaluate((y) => window.scrollTo(0, y), top)
    await expect(page.locator('tbody tr')).not.toHaveCount(0)
    expect(await page.locator('tbody tr').count()).toBeLessThan(60)
    const { perEvent, longTasks } = await sendEvents(page, rest, posts)
    const figure = `${place}: ${perEvent} ms of work per event; long tasks: ${longTasks.join(', ') || 'none'} ms`
    info.annotations.push({ type: 'figure', description: figure })
    process.stdout.write(`${figure}\n`)
  }
  await page.context().close()
})

/** Changes 40 titles, eight a second: half of them of rows that are rendered. */
async function sendEvents(page: Page, rest: Rest, posts: readonly Post[]) {
  const visible = await page.locator('[data-post]').evaluateAll((rows) => rows.map((one) => Number(one.getAttribute('data-post'))))
  const near = posts.filter(({ id }) => visible.includes(id))
  const end = await observeWork(page)
  for (let n = 0; n < 40; n++) {
    const list = n % 2 === 0 ? near : posts
    const post = list[Math.floor((n * list.length) / 40)]
    if (post) await rest.editPost(await rest.readPost(post), { title: `Row changed ${n}` })
    await page.waitForTimeout(125)
  }
  return end(40)
}

async function loadRows(page: Page, count: number): Promise<void> {
  await expect(async () => {
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
    const last = await page.locator('tbody tr[aria-rowindex]').last().getAttribute('aria-rowindex')
    expect(Number(last)).toBeGreaterThan(count)
  }).toPass({ timeout: 90_000, intervals: [50] })
}

/** Measures the main thread: its work for each event, and the tasks over 50 ms, in milliseconds. */
async function observeWork(page: Page): Promise<(events: number) => Promise<{ perEvent: number; longTasks: number[] }>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
  }
  await page.evaluate(() => {
    const longTasks: number[] = []
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask' })
    Object.assign(window, { longTasks })
  })
  const before = await busy()
  return async (events) => {
    const perEvent = Math.round(((await busy()) - before) * 10_000 / events) / 10
    return { perEvent, longTasks: await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks) }
  }
}
