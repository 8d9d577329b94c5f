import { expect, test } from '@playwright/test'
import { expectState, givenInstallation, markDocument, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

test('where WebSockets are blocked, changes arrive by the event stream, and by a socket once it is allowed', async ({ browser }) => {
  const rest = new Rest(installation())
  const ben = await rest.addUser('Ben', 'editor')
  const ana = await openAt(browser, installation(), '/')
  const other = await openAt(browser, installation(), '/', ben)
  const isSame = await markDocument(other)
  const urls: string[] = []
  other.on('request', (request) => urls.push(request.url()))

  installation().proxy.refuseUpgrades()
  for (const page of [ana, other]) {
    await expectState(page, 'Live (fallback)')
    await expect(page.getByText(/can’t see which post you have open/)).toBeVisible()
  }
  await ana.getByRole('link', { name: 'New post' }).first().click()
  await ana.getByRole('textbox', { name: 'Title', exact: true }).fill('Tide tables')
  await ana.getByRole('button', { name: 'Save', exact: true }).click()
  await other.getByRole('link', { name: 'Tide tables' }).click()
  await expect(other.getByRole('textbox', { name: 'Title', exact: true })).toHaveValue('Tide tables')

  await ana.getByRole('textbox', { name: 'Title', exact: true }).fill('Tide tables for spring')
  await ana.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(other.getByRole('textbox', { name: 'Title', exact: true })).toHaveValue('Tide tables for spring')
  expect(urls.some((url) => url.includes('/api/stream'))).toBe(true)
  expect(urls.filter((url) => url.includes('eyJ'))).toEqual([])

  const benAtPost = ana.getByRole('img', { name: /^Ben is (viewing|editing)/ })
  await expect(benAtPost).toHaveCount(0)

  installation().proxy.restore()
  for (const page of [ana, other]) {
    await expectState(page, 'Live')
    await expect(page.getByText(/can’t see which post you have open/)).toHaveCount(0)
  }
  await expect(benAtPost).toBeVisible()
  expect(await isSame()).toBe(true)
  await Promise.all([ana, other].map((page) => page.context().close()))
})

test('a page that is opened where WebSockets are blocked, and cut off meanwhile, misses nothing', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Before' })
  const page = await openAt(browser, installation(), '/')
  installation().proxy.refuseUpgrades()
  await page.reload()
  await expectState(page, 'Live (fallback)')

  installation().proxy.cut()
  await expectState(page, /Offline since/)
  await rest.editPost(post, { title: 'After' })
  installation().proxy.restore()
  installation().proxy.refuseUpgrades()
  await expect(page.getByRole('link', { name: 'After', exact: true })).toBeVisible({ timeout: 30_000 })
  await expectState(page, /^Live/)
  await page.context().close()
})

test('a proxy that also holds the event stream back is shown as a delay', async ({ browser }) => {
  const page = await openAt(browser, installation(), '/')
  installation().proxy.holdStreams()
  installation().proxy.refuseUpgrades()
  await expect(page.getByText(/Live updates are delayed/)).toBeVisible({ timeout: 40_000 })
  await expectState(page, /Offline since/)
  installation().proxy.restore()
  await expectState(page, 'Live')
  await expect(page.getByText(/Live updates are delayed/)).toHaveCount(0)
  await page.context().close()
})
