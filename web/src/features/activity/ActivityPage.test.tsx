import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import type { BlogEvent, Me } from '@wiredesk/client'
import { listen, openPage, problem, server } from '../../testing/page'
import { aPost, aSummary, changed, created, deleted, published } from '../../testing/fixtures'
import { activityPatch } from './activityPatch'
import { ActivityPage } from './ActivityPage'

listen()

const log: BlogEvent[] = [
  created(1, aPost({ id: 1, title: 'One' })),
  created(2, aPost({ id: 2, title: 'Two' })),
  changed(3, aPost({ id: 1, version: 2, title: 'One' }), 'tags'),
]

function has(events: BlogEvent[], pageSize = 10) {
  server.use(
    http.get('*/api/events', ({ request }) => {
      const before = Number(new URL(request.url).searchParams.get('before'))
      const items = events.filter(({ seq }) => seq < before).toReversed().slice(0, pageSize)
      const next = items.at(-1)?.seq ?? 1
      return HttpResponse.json({ items, next: next > 1 ? next : null })
    }),
  )
}

const older = ['ANTwoAna created this post', 'ANOneAna created this post']
const open = (role: Me['role'] = 'editor', cursor = 3) =>
  openPage({ path: '/activity', role, routes: <ActivityPage />, patches: [activityPatch], cursor })
const lines = () => screen.queryAllByRole('listitem').map(({ textContent }) => textContent.replace(/, (?!content).*/, ''))
const shows = (...expected: unknown[]) => waitFor(() => expect(lines()).toEqual(expected))

test('shows author, change and link of each entry, newest first', async () => {
  has(log)
  await open()
  await shows('ANOneAna edited tags', 'ANTwoAna created this post', 'ANOneAna created this post')
  expect(screen.getByRole('link', { name: 'Two' })).toHaveAttribute('href', '/posts/2')
})

test('grows at the top as it happens, each change once', async () => {
  has(log)
  const { deliverEvent } = await open()
  await waitFor(() => expect(lines()).toHaveLength(3))
  await deliverEvent(changed(4, aSummary({ id: 2, version: 2, title: 'Two' }), 'slug'))
  await waitFor(() => expect(lines()).toHaveLength(4))
  expect(lines()[0]).toContain('Ana edited slug')
})

test('reads older changes by the page', async () => {
  has(log, 2)
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Load more' }))
  await waitFor(() => expect(lines()).toHaveLength(3))
})

test('versions that one author saved in one go are one entry, which grows and can be unfolded', async () => {
  const autosaved = (seq: number, version: number) => changed(seq, aPost({ id: 1, version, title: 'One' }), 'content')
  const other = published(5, aPost({ id: 2, version: 2, title: 'Two', published: true }))
  has([...log, autosaved(4, 3), other, autosaved(6, 4)])
  const { deliverEvent } = await open('editor', 6)
  await shows(expect.stringMatching(/^ANOneAna edited content and tags · 3 versions/), 'ANTwoAna published this post', ...older)
  await deliverEvent(changed(7, aSummary({ id: 1, version: 5, title: 'One' }), 'title'))
  await shows(expect.stringMatching(/edited title, content and tags · 4 versions/), 'ANTwoAna published this post', ...older)
  await userEvent.click(screen.getByRole('button', { name: 'Show all' }))
  expect(screen.getByRole('link', { name: 'Version 3' })).toHaveAttribute('href', '/posts/1/history?version=3')
})

test('an import is one entry, which can be unfolded', async () => {
  has(Array.from({ length: 751 }, (_, index) => created(index + 1, aPost({ id: index + 1, title: `Post ${index + 1}` }))), 1000)
  await open('editor', 751)
  await shows(expect.stringContaining('Ana created 751 posts'))
  await userEvent.click(screen.getByRole('button', { name: 'Show all' }))
  expect(screen.getAllByRole('link')).toHaveLength(50)
  await userEvent.click(screen.getByRole('button', { name: 'Show 50 more' }))
  expect(screen.getAllByRole('link')).toHaveLength(100)
})

test('a deleted post can be restored, until it was', async () => {
  has(log)
  const restored: unknown[] = []
  server.use(
    http.post('*/api/posts/1/restore', async ({ request }) => {
      restored.push([await request.json(), new URL(request.url).searchParams.get('publish')])
      return HttpResponse.json(aPost({ version: 4, title: 'One' }))
    }),
  )
  const { deliverEvent } = await open()
  await waitFor(() => expect(lines()).toHaveLength(3))
  await deliverEvent(deleted(4, aSummary({ id: 1, version: 3 })))
  await waitFor(() => expect(lines()).toHaveLength(4))
  expect(screen.getAllByRole('link', { name: 'One' })[0]).toHaveAttribute('href', '/posts/1/history')
  await userEvent.click(screen.getByRole('button', { name: 'Restore One' }))
  await waitFor(() => expect(restored).toEqual([[{ version: 2 }, 'false']]))
  expect(await screen.findByText('“One” was restored as a draft.')).toBeVisible()
  await deliverEvent(created(5, aSummary({ id: 1, version: 4, title: 'One' })))
  await waitFor(() => expect(screen.queryByRole('button', { name: /Restore/ })).toBeNull())
})

test('a viewer restores nothing', async () => {
  has([...log, deleted(4, aSummary({ id: 1, version: 3 }))])
  await open('viewer')
  await waitFor(() => expect(lines()).toHaveLength(4))
  expect(screen.queryByRole('button', { name: /Restore/ })).toBeNull()
})

test('shows an empty feed, and the reason of a failure', async () => {
  has([])
  const { unmount } = await open()
  expect(await screen.findByText('No activity yet')).toBeVisible()
  unmount()
  server.use(http.get('*/api/events', () => problem(503, 'The database does not answer.')))
  await open()
  expect(await screen.findByText('The database does not answer.')).toBeVisible()
})
