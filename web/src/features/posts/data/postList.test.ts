import { describe, expect, test } from 'vitest'
import type { ListedPost } from '@wiredesk/client'
import { noFilter, type Filter } from './filter'
import { newer, removeFromList, rowsOf, upsertInList, type Change, type List } from './postList'
import { aSummary, ana, at, postId } from '../../../testing/fixtures'

type Over = Parameters<typeof aSummary>[0] & Pick<ListedPost, 'deletedAt' | 'deletedBy'>

const row = (id: number, minutes: number, over: Over = {}): ListedPost =>
  aSummary({ id, version: 2, title: `Post ${id}`, createdAt: at(id), updatedAt: at(minutes), ...over })

const list = (pages: ListedPost[][], { more = false } = {}): List => ({
  pages: pages.map((items, i) => ({ items, next: more || i < pages.length - 1 ? `page ${i + 1}` : null, cursor: 10 })),
  pageParams: pages.map(() => null),
})

const change = (post: ListedPost, changed: string[], over: Partial<Change> = {}): Change => ({
  post,
  changed,
  isNew: false,
  seq: 11,
  ...over,
})

const filter = (over: Partial<Filter> = {}): Filter => ({ ...noFilter, ...over })
const ids = ({ list: { pages } }: { list: List }) => pages.map((page) => page.items.map((item) => Number(item.id)))

const base = list([[row(3, 30), row(2, 20)], [row(1, 10)]])

describe('newer', () => {
  test('keeps the old state unless the version is higher', () => {
    const old = { version: 2 }
    expect(newer(undefined, old)).toBe(old)
    expect(newer(old, { version: 1 })).toBe(old)
    expect(newer(old, { version: 2 })).toBe(old)
    expect(newer(old, { version: 3 })).toEqual({ version: 3 })
  })
})

describe('a changed post', () => {
  const table: [name: string, from: List, over: Partial<Filter>, what: Change, rows: number[][], isStale: boolean][] = [
    ['rises to the top of the last changed', base, {}, change(row(1, 40, { version: 3 }), ['title']), [[1, 3, 2], []], false],
    ['stays in place where creation sorts', base, { sort: '-createdAt' }, change(row(1, 40, { version: 3 }), ['title']), [[3, 2], [1]], false],
    ['moves to the end of the first changed', list([[row(1, 10), row(2, 20)]]), { sort: 'updatedAt' }, change(row(1, 40, { version: 3 }), ['title']), [[2, 1]], false],
    ['leaves the loaded part for a later page', list([[row(1, 10), row(2, 20)]], { more: true }), { sort: 'updatedAt' }, change(row(1, 40, { version: 3 }), ['title']), [[2]], false],
    ['enters from a page that is not loaded', list([[row(3, 30)]], { more: true }), {}, change(row(1, 40, { version: 3 }), ['title']), [[1, 3]], false],
    ['keeps its row where titles sort', base, { sort: 'title' }, change(row(1, 40, { version: 3 }), ['tags']), [[3, 2], [1]], false],
    ['asks again when a title moved it', base, { sort: 'title' }, change(row(1, 40, { version: 3 }), ['title']), [[3, 2], [1]], true],
    ['leaves a filter that it no longer passes', base, { status: 'draft' }, change(row(2, 40, { version: 3, published: true }), ['published']), [[3], [1]], false],
    ['enters a filter that it now passes', base, { category: 'Tech' }, change(row(9, 40, { category: 'Tech' }), ['category']), [[9, 3, 2], [1]], false],
    ['stays out of a filter', base, { category: 'Tech' }, change(row(9, 40), ['title']), [[3, 2], [1]], false],
    ['asks again when it may match the search now', base, { q: 'x' }, change(row(9, 40), ['content']), [[3, 2], [1]], true],
    ['asks again when it may not match the search any more', base, { q: 'x' }, change(row(2, 40, { version: 3 }), ['title']), [[3, 2], [1]], true],
    ['moves in a search that its words still match', base, { q: 'x' }, change(row(2, 40, { version: 3 }), ['blogImage']), [[2, 3], [1]], false],
    ['is no match that was none', base, { q: 'x' }, change(row(9, 40), ['blogImage']), [[3, 2], [1]], false],
    ['may be a match on a page that is not loaded', list([[row(3, 30)]], { more: true }), { q: 'x' }, change(row(9, 40), ['blogImage']), [[3]], true],
  ]
  test.each(table)('%s', (_, from, over, what, rows, isStale) => {
    const placed = upsertInList(from, filter(over), what)
    expect(ids(placed)).toEqual(rows)
    expect(placed.isStale).toBe(isStale)
  })

  test('brings its new values', () => {
    const placed = upsertInList(base, filter({ sort: 'title' }), change(row(2, 40, { version: 3, tags: ['new'] }), ['tags']))
    expect(rowsOf(placed.list)[1]).toMatchObject({ version: 3, tags: ['new'] })
  })

  test('that is not newer changes nothing', () => {
    expect(upsertInList(base, filter(), change(row(2, 40, { version: 2 }), ['title'])).list).toBe(base)
    expect(upsertInList(base, filter(), change(row(2, 40, { version: 1 }), ['title'])).list).toBe(base)
  })

  test('from before the list was read does not return into it', () => {
    expect(upsertInList(base, filter(), change(row(9, 40), ['title'], { seq: 10 })).list).toBe(base)
  })
})

describe('a new post', () => {
  const fresh = change(row(9, 40, { version: 1 }), [], { isNew: true })

  test.each([
    [filter(), [[9, 3, 2], [1]], false],
    [filter({ sort: '-createdAt' }), [[9, 3, 2], [1]], false],
    [filter({ sort: 'updatedAt' }), [[3, 2], [1, 9]], false],
    [filter({ sort: 'title' }), [[3, 2], [1]], true],
    [filter({ q: 'x' }), [[3, 2], [1]], true],
    [filter({ status: 'published' }), [[3, 2], [1]], false],
  ])('under %o', (with_, rows, isStale) => {
    const sorted = with_.sort === 'updatedAt' ? list([[row(3, 10), row(2, 20)], [row(1, 30)]]) : base
    const placed = upsertInList(sorted, with_, fresh)
    expect(ids(placed)).toEqual(rows)
    expect(placed.isStale).toBe(isStale)
  })

  test('is the first of an empty blog', () => {
    expect(ids(upsertInList(list([[]]), filter(), fresh))).toEqual([[9]])
  })
})

describe('a deleted post', () => {
  const gone = list([[row(3, 30, { version: 3, deletedAt: at(30), deletedBy: ana })]])
  const deletedOnes = filter({ status: 'deleted' })

  test('leaves the list', () => {
    const removed = removeFromList(base, filter(), { id: postId(3), version: 3 })
    expect(ids(removed)).toEqual([[2], [1]])
    expect(removed.added).toBe(-1)
  })

  test('stays when it is newer than its deletion, or was not there', () => {
    expect(removeFromList(base, filter(), { id: postId(3), version: 1 })).toEqual({ list: base, isStale: false, added: 0 })
    expect(removeFromList(base, filter(), { id: postId(9), version: 3 })).toEqual({ list: base, isStale: false, added: 0 })
  })

  test('of a page that is not loaded may have been counted', () => {
    expect(removeFromList(list([[row(3, 30)]], { more: true }), filter(), { id: postId(9), version: 3 }).added).toBeNull()
  })

  test('makes the list of deleted posts stale, unless it has the deletion', () => {
    expect(removeFromList(gone, deletedOnes, { id: postId(9), version: 3 })).toEqual({ list: gone, isStale: true, added: 0 })
    expect(removeFromList(gone, deletedOnes, { id: postId(3), version: 3 })).toEqual({ list: gone, isStale: false, added: 0 })
  })

  test('that is restored leaves the list of deleted posts', () => {
    const restored = change(row(3, 40, { version: 4 }), [], { isNew: true })
    expect(upsertInList(gone, deletedOnes, restored)).toMatchObject({ isStale: false, added: -1 })
    expect(upsertInList(gone, deletedOnes, change(row(3, 20, { version: 2 }), ['title'])).list).toBe(gone)
  })
})

describe('the total', () => {
  const all = list([[row(3, 30)]])
  const part = list([[row(3, 30)]], { more: true })
  const fresh = (over: Over = {}) => change(row(9, 40, { version: 1, ...over }), [], { isNew: true })
  const table: [name: string, from: List, over: Partial<Filter>, what: Change, added: number | null][] = [
    ['grows with a new post', part, {}, fresh(), 1],
    ['is unsure of a new post below the loaded rows', part, { sort: 'updatedAt' }, fresh(), null],
    ['grows with a post that now passes', all, { category: 'Tech' }, change(row(9, 40, { category: 'Tech' }), ['category']), 1],
    ['is unsure of one from a page that is not loaded', part, { category: 'Tech' }, change(row(9, 40, { category: 'Tech' }), ['category']), null],
    ['keeps one that only moved up', part, {}, change(row(9, 40), ['title']), 0],
    ['shrinks with one that no longer passes', part, { tag: 'go' }, change(row(3, 40, { version: 3 }), ['tags']), -1],
    ['is unsure of one that may have passed', part, { tag: 'go' }, change(row(9, 40), ['tags']), null],
    ['is sure when everything is loaded', all, { tag: 'go' }, change(row(9, 40), ['tags']), 0],
    ['is read with the rows of a search', part, { q: 'x' }, fresh(), 0],
  ]
  test.each(table)('%s', (_, from, over, what, added) => {
    expect(upsertInList(from, filter(over), what).added).toBe(added)
  })
})

test('pages without a change stay the same objects', () => {
  const { pages } = upsertInList(base, filter({ sort: 'title' }), change(row(1, 40, { version: 3 }), ['tags'])).list
  expect(pages[0]).toBe(base.pages[0])
  expect(pages[1]).not.toBe(base.pages[1])
})

test('a post that two pages hold is one row, the newer', () => {
  const twice = list([[row(2, 40, { version: 3 })], [row(2, 20), row(1, 10)]])
  expect(rowsOf(twice).map(({ id, version }) => [Number(id), version])).toEqual([[2, 3], [1, 2]])
})
