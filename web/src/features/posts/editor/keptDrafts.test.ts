import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aPost, postId } from '../../../testing/fixtures'
import { edit, pack, start, type Stored } from './draft'
import { draftKey, keepDraft, loadDraft } from './keptDrafts'

beforeEach(() => localStorage.clear())
afterEach(() => vi.restoreAllMocks())

function stored(title: string, at: number): Stored {
  const packed = pack(edit(start(aPost()), 'title', title), at)
  if (!packed) throw new Error('nothing was packed')
  return packed
}
const key = (id: number) => draftKey(1, postId(id))

test('a draft comes back as it was, for its user and its post only', () => {
  expect(keepDraft(key(1), stored('Mine', 5))).toBe(true)
  expect(loadDraft(key(1))).toEqual(stored('Mine', 5))
  expect(loadDraft(key(2))).toBeNull()
  expect(loadDraft(draftKey(2, postId(1)))).toBeNull()
  expect(loadDraft(draftKey(1, null))).toBeNull()
})

test('a saved draft is forgotten', () => {
  keepDraft(key(1), stored('Mine', 5))
  expect(keepDraft(key(1), null)).toBe(true)
  expect(localStorage).toHaveLength(0)
})

test('what cannot be read is no draft', () => {
  localStorage.setItem(key(1), '{"mine":')
  localStorage.setItem(key(2), '{"something":"else"}')
  expect(loadDraft(key(1))).toBeNull()
  expect(loadDraft(key(2))).toBeNull()
})

test('the oldest of too many goes', () => {
  for (let n = 1; n <= 22; n++) keepDraft(key(n), stored(`${n}`, n))
  expect(localStorage).toHaveLength(20)
  expect(loadDraft(key(2))).toBeNull()
  expect(loadDraft(key(3))?.at).toBe(3)
})

test('old drafts make room for the new one', () => {
  keepDraft(key(1), stored('1', 1))
  keepDraft(key(2), stored('2', 2))
  const set = vi.spyOn(Storage.prototype, 'setItem').mockImplementationOnce(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  expect(keepDraft(key(3), stored('3', 3))).toBe(true)
  expect(set).toHaveBeenCalledTimes(2)
  expect([1, 2, 3].map((n) => loadDraft(key(n))?.at)).toEqual([undefined, 2, 3])
})

test('a browser that keeps nothing is told of, and never breaks the page', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError')
  })
  expect(keepDraft(key(1), stored('Mine', 1))).toBe(false)
})
