import { expect, test } from 'vitest'
import { aSummary, ana, at } from '../../../testing/fixtures'
import { isFiltering, noFilter, passes, readFilter, writeFilter, type Filter } from './filter'

test.each([
  ['', noFilter],
  ['q=a+b&status=draft&category=News&sort=title', { ...noFilter, q: 'a b', status: 'draft', category: 'News', sort: 'title' }],
  ['tag=go&author=Ana+B&status=deleted', { ...noFilter, tag: 'go', author: 'Ana B', status: 'deleted' }],
  ['tag=cafe%CC%81', { ...noFilter, tag: 'café' }],
  ['status=secret&sort=id', noFilter],
] as [string, Filter][])('reads %s', (address, filter) => {
  expect(readFilter(new URLSearchParams(address))).toEqual(filter)
})

test('a written filter is read as the same', () => {
  const filter: Filter = {
    q: 'ä & b',
    status: 'published',
    category: 'R&D',
    tag: 'c++',
    author: 'Ana & Ben',
    sort: '-title',
  }
  expect(readFilter(new URLSearchParams(writeFilter(filter)))).toEqual(filter)
  expect(writeFilter(noFilter)).toEqual({})
})

test('an order is no filter', () => {
  expect(isFiltering({ ...noFilter, sort: 'title' })).toBe(false)
  expect(isFiltering({ ...noFilter, status: 'draft' })).toBe(true)
  expect(isFiltering({ ...noFilter, tag: 'go' })).toBe(true)
})

const gone = { ...aSummary(), deletedAt: at(1), deletedBy: ana }

test.each([
  [{}, aSummary(), true],
  [{}, gone, false],
  [{ status: 'deleted' }, gone, true],
  [{ status: 'deleted' }, aSummary(), false],
  [{ status: 'draft' }, gone, false],
  [{ status: 'published' }, aSummary({ published: true }), true],
  [{ status: 'draft' }, aSummary({ published: true }), false],
  [{ tag: 'go' }, aSummary({ tags: ['web', 'go'] }), true],
  [{ tag: 'go' }, aSummary({ tags: ['golang'] }), false],
  [{ author: 'Ana' }, aSummary({ authorName: 'Ana', createdBy: { id: 4, name: 'Ben' } }), true],
  [{ author: 'Ben' }, aSummary({ authorName: 'Ana', createdBy: { id: 4, name: 'Ben' } }), false],
  [{ author: 'Ben' }, aSummary({ createdBy: { id: 4, name: 'Ben' } }), true],
  [{ category: 'News', tag: 'go' }, aSummary({ category: 'News' }), false],
] as [Partial<Filter>, ReturnType<typeof aSummary>, boolean][])('%o passes as on the server', (filter, post, isIn) => {
  expect(passes({ ...noFilter, ...filter }, post)).toBe(isIn)
})
