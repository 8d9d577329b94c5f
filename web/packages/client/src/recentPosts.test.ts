import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApi } from './api.ts'
import { RecentPosts } from './recentPosts.ts'
import { Session } from './session.ts'
import type { BlogEvent } from './types.ts'

const row = (id: number, version = 1, minute = 60 - id) => ({
  id,
  slug: `post-${id}`,
  version,
  updatedAt: new Date(Date.UTC(2026, 10, 23, 10, minute)).toISOString(),
})
const event = (seq: number, data: object, type = 'blog-updated') => ({ type, seq, data }) as BlogEvent
const rows = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => row(from + n))

type Page = { items: object[]; next: string | null; cursor: number }
let answers: (() => Page | Promise<Page>)[]
const server = setupServer(
  http.get('*/api/posts', async () => {
    const answer = answers.shift()
    return answer ? HttpResponse.json(await answer()) : HttpResponse.json({ title: 'No more' }, { status: 500 })
  }),
)
const session = new Session({ baseUrl: location.origin })
let recent: RecentPosts
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
beforeEach(() => {
  recent = new RecentPosts(createApi(session))
})
afterAll(() => {
  server.close()
  session.close()
})

const ids = () => recent.get().posts.map(({ id }) => id)

it('reads nothing before a subscription, and applies no event', async () => {
  answers = []
  recent.apply(event(1, row(1)))
  await recent.refresh()
  await recent.retry()
  expect(recent.get()).toEqual({ posts: [], isLoading: true, error: null })
})

it('applies events by version, in the order of the last change', async () => {
  answers = [() => ({ items: rows(1, 3), next: null, cursor: 5 })]
  await recent.read()
  recent.apply(event(6, row(3, 2, 60)))
  expect(ids()).toEqual([3, 1, 2])
  recent.apply(event(7, row(1, 1, 61)))
  expect(ids()).toEqual([3, 1, 2])
  recent.apply(event(8, row(9, 1, 62), 'blog-created'))
  expect(ids()).toEqual([9, 3, 1, 2])
  recent.apply(event(9, { id: 1, slug: 'post-1', version: 2 }, 'blog-deleted'))
  expect(ids()).toEqual([9, 3, 2])
})

it('keeps 50, and reads again when a deletion leaves fewer than the server has', async () => {
  answers = [() => ({ items: rows(1, 50), next: 'more', cursor: 5 }), () => ({ items: rows(2, 51), next: null, cursor: 7 })]
  await recent.read()
  recent.apply(event(6, row(60, 1, 60), 'blog-created'))
  expect(ids()).toHaveLength(50)
  const read = new Promise<void>((resolve) => {
    recent.subscribe(() => {
      if (ids().some((id) => id === 51)) resolve()
    })
  })
  recent.apply(event(7, { id: 60, slug: 'post-60', version: 2 }, 'blog-deleted'))
  await read
  expect(ids()).toHaveLength(50)
})

it('reads again after a deletion when an event, and not the last read, has shown that the server has more than 50', async () => {
  answers = [() => ({ items: rows(1, 50), next: null, cursor: 5 }), () => ({ items: rows(1, 50), next: null, cursor: 7 })]
  await recent.read()
  recent.apply(event(6, row(60, 1, 60), 'blog-created'))
  expect(ids()).not.toContain(50)
  recent.apply(event(7, { id: 60, slug: 'post-60', version: 2 }, 'blog-deleted'))
  await vi.waitFor(() => expect(ids()).toContain(50))
  expect(ids()).toHaveLength(50)
})

it('reads again when a deletion arrives during a read', async () => {
  answers = [
    () => {
      recent.apply(event(6, { id: 1, slug: 'post-1', version: 2 }, 'blog-deleted'))
      return { items: rows(1, 50), next: 'more', cursor: 5 }
    },
    () => ({ items: rows(2, 51), next: null, cursor: 6 }),
  ]
  await recent.read()
  expect(ids()).toEqual(rows(2, 51).map(({ id }) => id))
})

it('applies the events that arrive during a read to its answer, unless the answer has them', async () => {
  answers = [
    () => {
      recent.apply(event(6, row(1, 2, 61)))
      recent.apply(event(8, row(2, 3, 62)))
      recent.apply(event(9, { id: 3, slug: 'post-3', version: 2 }, 'blog-deleted'))
      return { items: [row(1, 4, 63), row(2), row(3)], next: null, cursor: 7 }
    },
  ]
  await recent.read()
  expect(recent.get().posts).toMatchObject([{ id: 1, version: 4 }, { id: 2, version: 3 }])
})

it('drops the answer of an older read', async () => {
  let settle: (page: Page) => void = () => undefined
  answers = [() => new Promise<Page>((resolve) => (settle = resolve)), () => ({ items: [row(2)], next: null, cursor: 6 })]
  const first = recent.read()
  await recent.read()
  settle({ items: [row(1)], next: null, cursor: 5 })
  await first
  expect(ids()).toEqual([2])
})

it('keeps its posts when a read fails, and repeats that read only', async () => {
  answers = [() => ({ items: [row(1)], next: null, cursor: 5 })]
  await recent.read()
  await recent.refresh()
  expect(recent.get()).toMatchObject({ posts: [{ id: 1 }], error: { status: 500 } })
  answers = [() => ({ items: [row(2)], next: null, cursor: 6 })]
  await recent.retry()
  await recent.retry()
  expect(recent.get()).toMatchObject({ posts: [{ id: 2 }], error: null })
})
