import { describe, expect, test } from 'vitest'
import type { Summary } from '../../../api/types'
import { noFilter, type Filter } from './filter'
import { displace, newer, place, rowsOf, type Change, type List } from './place'
import { aSummary, at, postId } from '../../../testing/fixtures'

const row = (id: number, minutes: number, over: Parameters<typeof aSummary>[0] = {}): Summary =>
  aSummary({ id, version: 2, title: `Post ${id}`, createdAt: at(id), updatedAt: at(minutes), ...over })

const list = (pages: Summary[][], { more = false } = {}): List => ({
  pages: pages.map((items, i) => ({ items, next: more || i < pages.length - 1 ? `page ${i + 1}` : null, cursor: 10 })),
  pageParams: pages.map(() => null),
})

const change = (post: Summary, changed: string[], over: Partial<Change> = {}): Change => ({
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
  test('keeps what it has unless the version is higher', () => {
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
    const placed = place(from, filter(over), what)
    expect(ids(placed)).toEqual(rows)
    expect(placed.isStale).toBe(isStale)
  })

  test('brings its new values', () => {
    const placed = place(base, filter({ sort: 'title' }), change(row(2, 40, { version: 3, tags: ['new'] }), ['tags']))
    expect(rowsOf(placed.list)[1]).toMatchObject({ version: 3, tags: ['new'] })
  })

  test('that is not newer changes nothing', () => {
    expect(place(base, filter(), change(row(2, 40, { version: 2 }), ['title'])).list).toBe(base)
    expect(place(base, filter(), change(row(2, 40, { version: 1 }), ['title'])).list).toBe(base)
  })

  test('from before the list was read does not come back into it', () => {
    expect(place(base, filter(), change(row(9, 40), ['title'], { seq: 10 })).list).toBe(base)
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
    const placed = place(sorted, with_, fresh)
    expect(ids(placed)).toEqual(rows)
    expect(placed.isStale).toBe(isStale)
  })

  test('is the first of an empty blog', () => {
    expect(ids(place(list([[]]), filter(), fresh))).toEqual([[9]])
  })
})

describe('a deleted post', () => {
  test('leaves the list', () => {
    expect(ids({ list: displace(base, { id: postId(3), version: 3 }) })).toEqual([[2], [1]])
  })

  test('stays when it is newer than its deletion, or was not there', () => {
    expect(displace(base, { id: postId(3), version: 1 })).toBe(base)
    expect(displace(base, { id: postId(9), version: 3 })).toBe(base)
  })
})

test('a post that two pages hold is one row, the newer', () => {
  const twice = list([[row(2, 40, { version: 3 })], [row(2, 20), row(1, 10)]])
  expect(rowsOf(twice).map(({ id, version }) => [Number(id), version])).toEqual([[2, 3], [1, 2]])
})
