import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { appendBelow, freezeOrder, useFrozenOrder } from './useFrozenOrder'

const key = (row: number) => row

test.each([
  ['a new row above waits', [9, 1, 2, 3], [1, 2, 3], [1, 2, 3], [], 1],
  ['a row that rose stays', [3, 1, 2], [1, 2, 3], [1, 2, 3], [], 0],
  ['a row that left keeps its place', [1, 3], [1, 2, 3], [1, 2, 3], [2], 0],
  ['a new row below all others waits', [3, 1, 2, 4, 5], [1, 2, 3], [1, 2, 3], [], 2],
  ['all at once', [1, 9], [2, 1], [2, 1], [2], 1],
])('%s', (_, rows, frozen, shown, gone, waiting) => {
  expect(freezeOrder(rows, key, frozen)).toEqual({ shown, gone: new Set(gone), waiting })
})

test('the rows of further pages are appended', () => {
  expect(appendBelow([9, 3, 1, 4, 5], key, [1, 2, 3])).toEqual([1, 2, 3, 4, 5])
})

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  document.body.replaceChildren()
})

function open(rows: number[], scope = 'all') {
  type Props = { rows: number[]; scope: string; pages: number }
  const hook = renderHook((props: Props) => useFrozenOrder(props.rows, key, props), {
    initialProps: { rows, scope, pages: 1 },
  })
  const area = document.body.appendChild(document.createElement('div'))
  hook.result.current.area.current = area
  const point = (at: Element) => act(() => void at.dispatchEvent(new MouseEvent('pointerover', { bubbles: true })))
  return {
    area,
    now: () => hook.result.current,
    bring: (next: number[], { scope: nextScope = scope, pages = 1 } = {}) => hook.rerender({ rows: next, scope: nextScope, pages }),
    enter: () => point(area),
    leave: () => point(document.body),
    later: () => act(() => vi.advanceTimersByTime(200)),
  }
}

test('nothing moves under the pointer; when it has left, everything is as it is', () => {
  const { now, bring, enter, leave, later } = open([1, 2])
  bring([3, 1, 2])
  expect(now().shown).toEqual([3, 1, 2])
  enter()
  bring([4, 1, 3])
  expect(now()).toMatchObject({ shown: [3, 1, 2], gone: new Set([2]), waiting: 1 })
  leave()
  expect(now().shown).toEqual([3, 1, 2])
  later()
  expect(now()).toMatchObject({ shown: [4, 1, 3], waiting: 0 })
})

test('a pointer that returns in time keeps the order', () => {
  const { now, bring, enter, leave, later } = open([1, 2])
  enter()
  bring([3, 1, 2])
  leave()
  enter()
  later()
  expect(now().shown).toEqual([1, 2])
})

test('rows that were loaded below are frozen too', () => {
  const { now, bring, enter } = open([1, 2])
  enter()
  bring([1, 2, 3, 4], { pages: 2 })
  bring([4, 1, 2, 3], { pages: 2 })
  expect(now().shown).toEqual([1, 2, 3, 4])
})

test('the user can display what waits, and remove a row', () => {
  const { now, bring, enter } = open([1, 2])
  enter()
  bring([3, 1, 2])
  act(() => now().showNew())
  expect(now()).toMatchObject({ shown: [3, 1, 2], waiting: 0 })
  act(() => now().drop(1))
  bring([3, 2])
  expect(now()).toMatchObject({ shown: [3, 2], gone: new Set() })
})

test('another list starts with its own rows, and is frozen then', () => {
  const { now, bring, enter } = open([1, 2])
  enter()
  bring([7, 8], { scope: 'drafts' })
  expect(now()).toMatchObject({ shown: [7, 8], gone: new Set(), waiting: 0 })
  bring([9, 7, 8], { scope: 'drafts' })
  expect(now()).toMatchObject({ shown: [7, 8], waiting: 1 })
})

test('nothing moves around the keyboard focus, or under an open menu', () => {
  const { area, now, bring, later } = open([1, 2])
  const button = area.appendChild(document.createElement('button'))
  act(() => button.focus())
  bring([3, 1, 2])
  later()
  expect(now()).toMatchObject({ shown: [1, 2], waiting: 1 })
  act(() => button.blur())
  later()
  expect(now().shown).toEqual([3, 1, 2])

  const menu = document.body.appendChild(document.createElement('div'))
  menu.setAttribute('role', 'menu')
  const item = menu.appendChild(document.createElement('button'))
  act(() => item.focus())
  bring([4, 3, 1, 2])
  later()
  expect(now()).toMatchObject({ shown: [3, 1, 2], waiting: 1 })
})

test('a page that is scrolled down does not move', () => {
  const { now, bring, later } = open([1, 2])
  const scrollTo = (y: number) =>
    act(() => {
      vi.stubGlobal('scrollY', y)
      document.dispatchEvent(new Event('scroll'))
    })
  scrollTo(500)
  bring([3, 1, 2])
  expect(now()).toMatchObject({ shown: [1, 2], waiting: 1 })
  scrollTo(0)
  later()
  expect(now().shown).toEqual([3, 1, 2])
})
