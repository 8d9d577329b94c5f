import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Me, Summary } from '../../../api/types'
import { listen, openDesk, problem, server } from '../../../testing/desk'
import { aPost, aSummary, at, changed, created, deleted, published } from '../../../testing/fixtures'
import { PostsPage } from './PostsPage'
import { postsPatch } from '../data/postsPatch'

listen()

const asked: URLSearchParams[] = []
beforeEach(() => {
  asked.length = 0
})

function lists(...pages: Summary[][]) {
  server.use(
    http.get('*/api/posts', ({ request }) => {
      const { searchParams } = new URL(request.url)
      asked.push(searchParams)
      const page = Number(searchParams.get('after') ?? 0)
      const next = page + 1 < pages.length ? String(page + 1) : null
      return HttpResponse.json({ items: pages[page] ?? [], next, cursor: 10 })
    }),
    http.get('*/api/categories', () => HttpResponse.json({ items: [{ name: 'News', count: 2 }] })),
  )
}

const open = (path = '/', role: Me['role'] = 'editor') =>
  openDesk({ path, role, routes: <PostsPage />, patches: [postsPatch] })

const titles = () => screen.queryAllByRole('row').slice(1).map((row) => within(row).getByRole('link').textContent)
const shows = (...expected: string[]) => waitFor(() => expect(titles()).toEqual(expected))
const one = aSummary({ id: 1, title: 'One', updatedAt: at(1) })
const two = aSummary({ id: 2, title: 'Two', updatedAt: at(2), published: true })

test('shows title, status, category and who changed it', async () => {
  lists([two, one])
  await open()
  const [, row] = await screen.findAllByRole('row')
  expect(row).toHaveTextContent('Two')
  expect(row).toHaveTextContent('Published')
  expect(row).toHaveTextContent('News')
  expect(row).toHaveTextContent('Mia created this post')
})

test('a live change shows who, what and the new place', async () => {
  lists([two, one])
  const { brings } = await open()
  await shows('Two', 'One')
  await brings(changed(11, { ...one, version: 2, title: 'One more' }, 'title'))
  await shows('One more', 'Two')
  const [, row] = screen.getAllByRole('row')
  expect(row).toHaveTextContent('Ana edited title')
  expect(row).toHaveAttribute('data-changed')
})

test('posts come, go and leave a filter live', async () => {
  lists([one])
  const { brings } = await open('/?status=draft')
  await shows('One')
  await brings(created(11, aSummary({ id: 3, title: 'Three' })))
  await shows('Three', 'One')
  await brings(published(12, { ...one, version: 2, published: true }))
  await shows('Three')
  await brings(deleted(13, aSummary({ id: 3, version: 2 })))
  expect(await screen.findByText('No post matches')).toBeVisible()
})

test('the filter is read from the address, and sent', async () => {
  lists([one])
  await open('/?q=river&status=draft&category=News&sort=title')
  await shows('One')
  expect(Object.fromEntries(asked.at(-1) ?? [])).toMatchObject({ q: 'river', status: 'draft', category: 'News', sort: 'title' })
})

test('a search waits for a pause, and is cleared with a button', async () => {
  lists([])
  await open()
  await screen.findByText('No posts yet')
  const before = asked.length
  await userEvent.type(screen.getByLabelText('Search posts'), 'river')
  await userEvent.click(await screen.findByRole('button', { name: 'Clear the filters' }))
  expect(asked.slice(before).map((params) => params.get('q'))).toEqual(['river'])
  expect(screen.getByLabelText('Search posts')).toHaveValue('')
})

test('loads more by the cursor', async () => {
  lists([two], [one])
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Load more' }))
  await shows('Two', 'One')
  expect(asked.at(-1)?.get('after')).toBe('1')
  expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull()
})

test('an empty blog tells how to begin', async () => {
  lists([])
  await open()
  expect(await screen.findByRole('link', { name: 'Write the first post' })).toHaveAttribute('href', '/posts/new')
  expect(screen.getByText('wiredesk import DIR')).toBeVisible()
})

test('a viewer sees no way to write', async () => {
  lists([one])
  await open('/', 'viewer')
  await userEvent.click(await screen.findByRole('button', { name: 'Actions for One' }))
  expect(await screen.findByRole('menuitem', { name: 'History' })).toBeVisible()
  expect(screen.queryByRole('menuitem', { name: 'Delete' })).toBeNull()
  expect(screen.queryByRole('link', { name: 'New post' })).toBeNull()
})

test('shows who else has a post open', async () => {
  lists([one])
  const { says } = await open()
  await shows('One')
  const someone = { id: 3, name: 'Ana', postId: 1, state: 'editing', field: 'title', since: at(0) }
  await says({ type: 'presence', users: [someone, { ...someone, id: 1, name: 'Mia' }] })
  expect(screen.getByRole('img', { name: 'Ana is editing the title' })).toBeVisible()
})

test('a deleted post can be brought back', async () => {
  lists([two, one])
  const restored: unknown[] = []
  server.use(
    http.delete('*/api/posts/1', ({ request }) =>
      request.headers.get('If-Match') === '"1"' ? new HttpResponse(null, { status: 204 }) : problem(400, 'No version.'),
    ),
    http.post('*/api/posts/1/restore', async ({ request }) => {
      restored.push(await request.json())
      return HttpResponse.json(aPost({ ...one, version: 3, updatedAt: at(5) }))
    }),
  )
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Actions for One' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Delete' }))
  await shows('Two')
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }))
  await shows('One', 'Two')
  expect(restored).toEqual([{ version: 1 }])
})

test('a post that changed meanwhile is not deleted', async () => {
  lists([one])
  const current = aPost({ ...one, version: 2, title: 'Newer', updatedBy: { id: 3, name: 'Ana' } })
  server.use(http.delete('*/api/posts/1', () => problem(412, 'It was changed.', { current, conflicts: [] })))
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Actions for One' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Delete' }))
  expect(await screen.findByText(/Ana changed it just now/)).toBeVisible()
  await shows('Newer')
})

test('a failed read can be tried again', async () => {
  lists([one])
  server.use(http.get('*/api/posts', () => problem(503, 'The database does not answer.')))
  await open()
  expect(await screen.findByText('The database does not answer.')).toBeVisible()
  lists([one])
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await shows('One')
})
