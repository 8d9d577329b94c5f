import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import type { BlogEvent, Me } from '../../api/types'
import { listen, openDesk, problem, server } from '../../testing/desk'
import { aPost, aSummary, changed, created, deleted } from '../../testing/fixtures'
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

const open = (role: Me['role'] = 'editor') =>
  openDesk({ path: '/activity', role, routes: <ActivityPage />, patches: [activityPatch], cursor: 3 })
const lines = () => screen.queryAllByRole('listitem').map(({ textContent }) => textContent.replace(/,.*/, ''))
const shows = (...expected: string[]) => waitFor(() => expect(lines()).toEqual(expected))

test('shows who did what, newest first, with links', async () => {
  has(log)
  await open()
  await shows('ANOneAna edited tags', 'ANTwoAna created this post', 'ANOneAna created this post')
  expect(screen.getByRole('link', { name: 'Two' })).toHaveAttribute('href', '/posts/2')
})

test('grows at the top as it happens, each change once', async () => {
  has(log)
  const { brings } = await open()
  await waitFor(() => expect(lines()).toHaveLength(3))
  await brings(changed(4, aSummary({ id: 2, version: 2, title: 'Two' }), 'slug'))
  await waitFor(() => expect(lines()).toHaveLength(4))
  expect(lines()[0]).toContain('Ana edited slug')
})

test('reads older changes by the page', async () => {
  has(log, 2)
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Load more' }))
  await waitFor(() => expect(lines()).toHaveLength(3))
})

test('a deleted post can be restored, until it was', async () => {
  has(log)
  const restored: unknown[] = []
  server.use(
    http.post('*/api/posts/1/restore', async ({ request }) => {
      restored.push(await request.json())
      return HttpResponse.json(aPost({ version: 4 }))
    }),
  )
  const { brings } = await open()
  await waitFor(() => expect(lines()).toHaveLength(3))
  await brings(deleted(4, aSummary({ id: 1, version: 3 })))
  await waitFor(() => expect(lines()).toHaveLength(4))
  expect(screen.getAllByRole('link', { name: 'One' })[0]).toHaveAttribute('href', '/posts/1/history')
  await userEvent.click(screen.getByRole('button', { name: 'Restore hello' }))
  await waitFor(() => expect(restored).toEqual([{ version: 2 }]))
  await brings(created(5, aSummary({ id: 1, version: 4, title: 'One' })))
  await waitFor(() => expect(screen.queryByRole('button', { name: /Restore/ })).toBeNull())
})

test('a viewer restores nothing', async () => {
  has([...log, deleted(4, aSummary({ id: 1, version: 3 }))])
  await open('viewer')
  await waitFor(() => expect(lines()).toHaveLength(4))
  expect(screen.queryByRole('button', { name: /Restore/ })).toBeNull()
})

test('says that nothing happened yet, and what failed', async () => {
  has([])
  const { unmount } = await open()
  expect(await screen.findByText('Nothing happened yet')).toBeVisible()
  unmount()
  server.use(http.get('*/api/events', () => problem(503, 'The database does not answer.')))
  await open()
  expect(await screen.findByText('The database does not answer.')).toBeVisible()
})
