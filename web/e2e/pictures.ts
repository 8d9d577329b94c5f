/** Makes the pictures of the README: `npm run pictures` after `make build`. */
import { join } from 'node:path'
import { type Browser, expect, type Page, test } from '@playwright/test'
import { Film } from './film'
import { givenInstallation, openAt } from './fixture'
import { Rest } from './rest'
import type { Credentials } from './server'

const images = join(import.meta.dirname, '../../docs/images')
const installation = givenInstallation()

type Users = [Credentials, Credentials]

const posts = [
  { title: 'Winter timetable', category: 'Service', authorName: 'Mia Weber', published: true },
  { title: 'How the swing bridge works', category: 'Harbour', authorName: 'Ben Okafor', published: true },
  { title: 'Five walks along the quay', category: 'Visit', authorName: 'Mia Weber', published: false },
  { title: 'On ferries', category: 'Service', authorName: 'Mia Weber', published: true },
  { title: 'Tide tables', category: 'Harbour', authorName: 'Mia Weber', published: false },
]

const content = 'High water at the quay is about forty minutes later each day.\n\n| day | high | low |\n| --- | --- | --- |\n| Monday | 06:12 | 12:25 |\n'

/** Two editors, and posts by them one after another, so that the order of the list is theirs. */
async function fill(): Promise<Users> {
  const admin = new Rest(installation())
  const users: Users = [await admin.addUser('Mia', 'editor'), await admin.addUser('Ben', 'editor')]
  const rests = users.map((user) => new Rest(installation(), user))
  for (const [i, post] of posts.entries()) await rests[i % 2]?.createPost({ ...post, content })
  return users
}

async function openBoth(browser: Browser, [mia, ben]: Users, viewport: { width: number; height: number }): Promise<[Page, Page]> {
  const options = { viewport, reducedMotion: 'reduce' as const } // no frame shows half a transition
  return [await openAt(browser, installation(), '/', mia, options), await openAt(browser, installation(), '/', ben, options)]
}

const titleOf = (page: Page) => page.getByRole('textbox', { name: 'Title', exact: true })

test('pictures', async ({ browser }) => {
  test.setTimeout(300_000)
  const users = await fill()
  const [left, right] = await openBoth(browser, users, { width: 800, height: 600 })
  const film = new Film(await browser.newPage())
  await expect(right.getByRole('link', { name: 'Tide tables' })).toBeVisible()
  await film.take(1500, left, right)

  await left.getByRole('link', { name: 'Tide tables' }).click()
  await titleOf(left).click()
  await titleOf(left).press('End')
  await film.take(1200, left, right)
  for (const part of [' f', 'or', ' s', 'pr', 'in', 'g']) {
    await titleOf(left).pressSequentially(part)
    await film.take(200, left, right)
  }
  await left.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(right.getByRole('link', { name: 'Tide tables for spring' })).toBeVisible()
  await film.take(2000, left, right)

  await left.getByRole('button', { name: 'Publish', exact: true }).click()
  await expect(right.getByRole('listitem').filter({ hasText: 'Tide tables for spring' })).toContainText('Published')
  await expect(left.getByText('The post is published.')).toBeVisible()
  await film.take(3000, left, right)
  film.write(join(images, 'two-browsers.png'))

  const [list, editor] = await openBoth(browser, users, { width: 1280, height: 800 })
  await editor.getByRole('link', { name: 'Five walks along the quay' }).click()
  await titleOf(editor).click()
  await expect(list.getByRole('row', { name: 'Five walks' })).toContainText('BE')
  await list.screenshot({ path: join(images, 'dashboard.png') })
})
