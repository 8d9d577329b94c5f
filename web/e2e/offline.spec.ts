import { expect, test } from '@playwright/test'
import { expectState, givenInstallation, markDocument, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

test('a disconnected page shows the state, and all missed changes after the reconnect', async ({ browser }) => {
  const rest = new Rest(installation())
  const posts = []
  for (let n = 1; n <= 5; n += 1) posts.push(await rest.createPost({ title: `Before ${n}` }))
  const page = await openAt(browser, installation(), '/')
  const isSame = await markDocument(page)
  await expect(page.getByRole('link', { name: 'Before 5' })).toBeVisible()

  installation().proxy.cut()
  await expectState(page, /Offline since \d\d:\d\d/)
  for (const post of posts) {
    await rest.editPost(post, { title: `${post.title}, changed` })
    await rest.createPost({ title: `${post.title}, followed up` })
  }
  installation().proxy.restore()
  await expectState(page, 'Live')

  for (const { title } of posts) {
    await expect(page.getByRole('link', { name: `${title}, changed`, exact: true })).toBeVisible()
    await expect(page.getByRole('link', { name: `${title}, followed up`, exact: true })).toBeVisible()
    await expect(page.getByRole('link', { name: title, exact: true })).toHaveCount(0)
  }
  expect(await isSame()).toBe(true)
  await page.context().close()
})
