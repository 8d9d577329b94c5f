import { expect, test } from 'vitest'
import { isFiltering, noFilter, readFilter, writeFilter, type Filter } from './filter'

test.each([
  ['', noFilter],
  ['q=a+b&status=draft&category=News&sort=title', { q: 'a b', status: 'draft', category: 'News', sort: 'title' }],
  ['status=secret&sort=id', noFilter],
] as [string, Filter][])('reads %s', (address, filter) => {
  expect(readFilter(new URLSearchParams(address))).toEqual(filter)
})

test('what is written is read again', () => {
  const filter: Filter = { q: 'ä & b', status: 'published', category: 'R&D', sort: '-title' }
  expect(readFilter(new URLSearchParams(writeFilter(filter)))).toEqual(filter)
  expect(writeFilter(noFilter)).toEqual({})
})

test('an order leaves nothing out', () => {
  expect(isFiltering({ ...noFilter, sort: 'title' })).toBe(false)
  expect(isFiltering({ ...noFilter, status: 'draft' })).toBe(true)
})
