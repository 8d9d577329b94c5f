import { describe, expect, test } from 'vitest'
import { foldBulk, foldVersions, type Foldable } from './foldChanges'

type Change = Partial<Foldable> & { minute?: number }

/** Changes from the oldest on; numbered, a minute apart, versions of post 1 by Ana (3). */
function feed(...changes: Change[]): Foldable[] {
  const versions = new Map<number, number>()
  return changes
    .map(({ minute, ...change }, index): Foldable => {
      const postId = change.postId ?? 1
      const version = (versions.get(postId) ?? 0) + 1
      versions.set(postId, version)
      const time = new Date(Date.UTC(2026, 10, 23, 10, minute ?? index)).toISOString()
      return { seq: index + 1, type: 'blog-updated', time, actorId: 3, postId, version, published: false, isRestore: false, ...change }
    })
    .toReversed()
}

const same = (change: Foldable) => change
const folded = (...changes: Change[]) => foldVersions(feed(...changes), same).map(({ items }) => items.map(({ seq }) => seq))

describe('versions', () => {
  test('of one author in one go are one entry', () => {
    expect(folded({}, {}, {})).toEqual([[3, 2, 1]])
  })

  test('of two authors are not', () => {
    expect(folded({}, { actorId: 4 }, {})).toEqual([[3], [2], [1]])
  })

  test('further apart than ten minutes are not, counted from the first', () => {
    expect(folded({ minute: 0 }, { minute: 6 }, { minute: 10 }, { minute: 11 })).toEqual([[4], [3, 2, 1]])
  })

  test.each([
    ['the creation', { type: 'blog-created' }],
    ['a publication', { type: 'blog-published' }],
    ['a deletion', { type: 'blog-deleted' }],
    ['a restore', { isRestore: true }],
  ] as [string, Change][])('%s stays an entry of its own', (_, change) => {
    expect(folded({}, change, {})).toEqual([[3], [2], [1]])
  })

  test('of two posts that are written at once are two entries, each at its newest version', () => {
    expect(folded({}, { postId: 2 }, {}, { postId: 2 }, {})).toEqual([
      [5, 3, 1],
      [4, 2],
    ])
  })

  test('with one missing between them are not one entry', () => {
    expect(folded({ version: 1 }, { version: 3 })).toEqual([[2], [1]])
  })

  test('keep their key while they grow', () => {
    const key = (...changes: Change[]) => foldVersions(feed(...changes), same).map((fold) => fold.key)
    expect(key({}, {})).toEqual(key({}, {}, {}))
  })
})

describe('bulk', () => {
  const kinds = (...changes: Change[]) =>
    foldBulk(foldVersions(feed(...changes), same), same).map(({ kind, items }) => [kind, items.length])
  const created = (count: number): Change[] =>
    Array.from({ length: count }, (_, index) => ({ type: 'blog-created', postId: index + 1, minute: 0 }))

  test('an import is one entry', () => {
    expect(kinds(...created(751))).toEqual([['bulk', 751]])
  })

  test('a few posts are not', () => {
    expect(kinds(...created(3))).toHaveLength(3)
  })

  test('restores are not mixed with new posts', () => {
    const restored = created(9).slice(4).map((change): Change => ({ ...change, version: 3 }))
    expect(kinds(...created(4), ...restored)).toEqual([
      ['bulk', 5],
      ['bulk', 4],
    ])
  })

  test('another change in between ends it', () => {
    expect(kinds(...created(5), { postId: 5, minute: 0 }, { type: 'blog-created', postId: 9, minute: 0 })).toEqual([
      ['versions', 1],
      ['versions', 1],
      ['bulk', 5],
    ])
  })
})
