import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { noFilter } from './filter'
import { rowsOf, type Page } from './postList'
import { deletionQuery, historyKey, lastChangeQuery, listQuery, postQuery, totalQuery } from './posts'
import { applyAnswer, postsPatch } from './postsPatch'
import { aPost, aSummary, ana, at, changed, created, deleted, postId } from '../../../testing/fixtures'

let cache: QueryClient
beforeEach(() => {
  vi.useFakeTimers()
  cache = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } })
})
afterEach(() => {
  cache.clear()
  vi.useRealTimers()
})

const id = postId(1)
const one = () => cache.getQueryData(postQuery(id).queryKey)
const list = listQuery(noFilter)
const byTitle = listQuery({ ...noFilter, sort: 'title' })

function holdList(query: typeof list, ...items: Page['items']) {
  cache.setQueryData(query.queryKey, { pages: [{ items, next: null, cursor: 10 }], pageParams: [null] })
}
const titles = (query: typeof list) => {
  const data = cache.getQueryData(query.queryKey)
  return data ? rowsOf(data).map((row) => row.title) : []
}

/** Watches a query as a screen does, and counts how often it asks the server. */
function watch(queryKey: readonly unknown[], answer: () => Promise<unknown> = () => Promise.resolve(null)) {
  const queryFn = vi.fn(answer)
  const observer = new QueryObserver(cache, { queryKey, queryFn })
  observer.subscribe(() => undefined)
  return queryFn
}

test('an event changes the open post and every list', () => {
  cache.setQueryData(postQuery(id).queryKey, aPost())
  holdList(list, aSummary())
  holdList(byTitle, aSummary())
  postsPatch(cache, changed(11, aSummary({ version: 2, tags: ['new'] }), 'tags'))
  expect(one()).toMatchObject({ version: 2, tags: ['new'], content: '# Hello' })
  for (const query of [list, byTitle]) {
    const data = cache.getQueryData(query.queryKey)
    expect(data && rowsOf(data)[0]).toMatchObject({ version: 2, tags: ['new'] })
  }
})

test('an older event changes nothing', () => {
  cache.setQueryData(postQuery(id).queryKey, aPost({ version: 5 }))
  postsPatch(cache, changed(11, aSummary({ version: 4, title: 'Older' }), 'title'))
  expect(one()).toMatchObject({ version: 5, title: 'Hello' })
})

test('an event with content updates the content', () => {
  cache.setQueryData(postQuery(id).queryKey, aPost())
  postsPatch(cache, changed(11, aPost({ version: 2, content: 'New' }), 'content'))
  expect(one()?.content).toBe('New')
})

test.each([
  ['with a changed content that it does not have', 2, 'content'],
  ['that follows a missed one', 3, 'title'],
])('after an event %s the post is read again', async (_, version, field) => {
  cache.setQueryData(postQuery(id).queryKey, aPost())
  const asked = watch(postQuery(id).queryKey, () => Promise.resolve(aPost({ version, content: 'New' })))
  postsPatch(cache, changed(11, aSummary({ version }), field))
  expect(one()).toMatchObject({ version: 1, content: '# Hello' })
  await vi.advanceTimersByTimeAsync(200)
  expect(asked).toHaveBeenCalledTimes(1)
  expect(one()?.content).toBe('New')
})

test('a burst asks the server once', async () => {
  holdList(byTitle, aSummary())
  const data = cache.getQueryData(byTitle.queryKey)
  const asked = watch(byTitle.queryKey, () => Promise.resolve(data))
  for (let n = 2; n < 40; n++) postsPatch(cache, created(n + 10, aSummary({ id: n })))
  expect(asked).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveBeenCalledTimes(1)
})

test('an event during a read is not lost under its older answer', async () => {
  const answers = [aPost(), aPost({ version: 2, title: 'New' })]
  const asked = watch(postQuery(id).queryKey, async () => {
    const answer = answers.shift()
    await new Promise((resolve) => setTimeout(resolve, 400))
    return answer
  })
  await vi.advanceTimersByTimeAsync(100)
  postsPatch(cache, changed(11, aPost({ version: 2, title: 'New' }), 'title'))
  await vi.advanceTimersByTimeAsync(350)
  expect(one()?.version).toBe(1)
  await vi.advanceTimersByTimeAsync(1000)
  expect(one()).toMatchObject({ version: 2, title: 'New' })
  expect(asked).toHaveBeenCalledTimes(2)
})

test('a deletion removes the row and is kept with its author; a restored post is listed again', () => {
  cache.setQueryData(postQuery(id).queryKey, aPost())
  holdList(list, aSummary({ id: 2, title: 'Other' }), aSummary())
  postsPatch(cache, deleted(11, aSummary({ version: 2 })))
  expect(titles(list)).toEqual(['Other'])
  expect(cache.getQueryData(deletionQuery(id).queryKey)).toEqual({ by: ana, at: at(11), version: 2 })
  expect(one()?.title).toBe('Hello')

  postsPatch(cache, created(12, aPost({ version: 3 })))
  expect(titles(list)).toEqual(['Hello', 'Other'])
  expect(cache.getQueryData(deletionQuery(id).queryKey)).toBeNull()
})

test('a deletion that arrives after the restored post changes nothing', () => {
  cache.setQueryData(postQuery(id).queryKey, aPost({ version: 3 }))
  postsPatch(cache, deleted(11, aSummary({ version: 2 })))
  expect(cache.getQueryData(deletionQuery(id).queryKey)).toBeUndefined()
})

test('the last change of a post is remembered', () => {
  postsPatch(cache, changed(11, aSummary({ version: 2 }), 'title'))
  expect(cache.getQueryData(lastChangeQuery(id).queryKey)).toMatchObject({ actor: ana, changed: ['title'], version: 2 })
})

test('an own answer and its event count once', async () => {
  holdList(list, aSummary({ id: 2, title: 'Other', updatedAt: at(5) }), aSummary())
  const asked = watch(historyKey(id))
  await vi.advanceTimersByTimeAsync(0)
  applyAnswer(cache, aPost({ version: 2, title: 'Mine', updatedAt: at(20) }), false)
  expect(titles(list)).toEqual(['Mine', 'Other'])
  postsPatch(cache, changed(11, aSummary({ version: 2, title: 'Mine' }), 'title'))
  expect(titles(list)).toEqual(['Mine', 'Other'])
  await vi.advanceTimersByTimeAsync(200)
  expect(asked).toHaveBeenCalledTimes(2)
})

test('the total follows the rows, and is read again where they do not show it', async () => {
  holdList(list, aSummary())
  const { queryKey } = totalQuery(noFilter)
  const asked = watch(queryKey, () => Promise.resolve(7))
  await vi.advanceTimersByTimeAsync(0)
  postsPatch(cache, created(11, aSummary({ id: 2 })))
  expect(cache.getQueryData(queryKey)).toBe(8)
  postsPatch(cache, deleted(12, aSummary({ id: 2, version: 2 })))
  expect(cache.getQueryData(queryKey)).toBe(7)
  expect(asked).toHaveBeenCalledTimes(1)

  cache.setQueryData(list.queryKey, { pages: [{ items: [], next: 'more', cursor: 12 }], pageParams: [null] })
  postsPatch(cache, deleted(13, aSummary({ id: 5, version: 2 })))
  await vi.advanceTimersByTimeAsync(200)
  expect(asked).toHaveBeenCalledTimes(2)
})

test('a long list is not read again for each burst', async () => {
  const { queryKey } = byTitle
  const pages = Array.from({ length: 20 }, () => ({ items: [], next: null, cursor: 10 }))
  const data = { pages, pageParams: pages.map(() => null) }
  cache.setQueryData(queryKey, data)
  const asked = watch(queryKey, () => Promise.resolve(data))
  for (let n = 2; n < 22; n++) {
    postsPatch(cache, created(n + 10, aSummary({ id: n })))
    await vi.advanceTimersByTimeAsync(150)
  }
  expect(asked.mock.calls.length).toBeLessThanOrEqual(2)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked.mock.calls.length).toBe(2)
})

test('the own answer of a publication reads no list again that it cannot move', async () => {
  holdList(byTitle, aSummary())
  const asked = watch(byTitle.queryKey)
  applyAnswer(cache, aPost({ version: 2, published: true }), false)
  await vi.advanceTimersByTimeAsync(1000)
  expect(titles(byTitle)).toEqual(['Hello'])
  expect(asked).not.toHaveBeenCalled()
})
