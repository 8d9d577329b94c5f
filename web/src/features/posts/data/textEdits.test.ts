import fc from 'fast-check'
import { expect, test } from 'vitest'
import { letters } from './testTexts'
import { diffTexts, type TextEdit } from './textEdits'

const apply = (a: string, edits: TextEdit[]) =>
  edits.reduceRight((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), a)

test.each<[string, string, TextEdit[]]>([
  ['the cat', 'the cart', [{ from: 6, to: 6, insert: 'r' }]],
  ['one\ntwo\nthree', 'one\ntwo\nthree\nfour', [{ from: 13, to: 13, insert: '\nfour' }]],
  ['one\ntwo\nthree', 'one\nthree', [{ from: 4, to: 8, insert: '' }]],
  ['one two three', 'One two tree', [{ from: 0, to: 1, insert: 'O' }, { from: 9, to: 10, insert: '' }]],
  ['a 😀 b', 'a 😁 b', [{ from: 2, to: 4, insert: '😁' }]],
  ['👩‍👩‍👧', '👩‍👩‍👧‍👦', [{ from: 0, to: 8, insert: '👩‍👩‍👧‍👦' }]],
  ['cafe', 'cafe\u0301', [{ from: 3, to: 4, insert: 'e\u0301' }]],
  ['🇩🇪 x', '🇩🇰 x', [{ from: 0, to: 4, insert: '🇩🇰' }]],
  ['', 'a\nb', [{ from: 0, to: 0, insert: 'a\nb' }]],
  ['a\nb', '', [{ from: 0, to: 3, insert: '' }]],
  ['Zba', 'ZY\nba', [{ from: 1, to: 1, insert: 'Y\n' }]],
])('%j → %j', (a, b, edits) => {
  expect(diffTexts(a, b)).toEqual(edits)
})

test('makes one insertion of an insertion, wherever it is', () => {
  const plain = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength })
  fc.assert(
    fc.property(plain(12), fc.nat(), plain(4), (a, at, insert) => {
      const place = at % (a.length + 1)
      const edits = diffTexts(a, a.slice(0, place) + insert + a.slice(place))
      expect(edits.map(({ from, to }) => to - from)).toEqual(edits.map(() => 0))
      expect(edits.map((edit) => edit.insert).join('')).toHaveLength(insert.length)
    }),
  )
})

test('makes the new text, with edits in order and apart, of whole characters', () => {
  const lines = fc.oneof(letters(6), fc.string({ unit: fc.constantFrom('a', ' ', '\n', '😀', '😁', '\u0301', '\u200d', '🇩', '🇪', 'ä'), maxLength: 20 }))
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      const edits = diffTexts(a, b)
      expect(apply(a, edits)).toBe(b)
      const isInOrder = edits.every(({ from }, i) => i === 0 || (edits[i - 1]?.to ?? 0) < from)
      const isWhole = edits.every(
        ({ from, to, insert }) => !/\p{Surrogate}/u.test(insert) && !/^[\udc00-\udfff]/.test(a.slice(from)) && !/^[\udc00-\udfff]/.test(a.slice(to)),
      )
      expect([isInOrder, isWhole]).toEqual([true, true])
    }),
    { numRuns: 1000 },
  )
})
