import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffTexts, joinLines, mergeChunks, mergeLines, mergeTags, mergeWords, type TextEdit } from './merge'

type Golden = { name: string; base: string[]; ours: string[]; theirs: string[]; merged: string[] | null }

const testdata = '../internal/merge/testdata'
const golden = JSON.parse(readFileSync(`${testdata}/cases.json`, 'utf8')) as Golden[]
const random = JSON.parse(readFileSync(`${testdata}/random.json`, 'utf8')) as [string, string, string, string | null][]

const text = (lines: string[]) => lines.join('\n')

/** Texts of few different lines: the hardest to align. */
const letters = (most: number) => fc.array(fc.constantFrom('a', 'b', '', 'a long line 😀'), { maxLength: most }).map(text)

/** A base and two texts that have much of it. */
const three = fc
  .array(fc.record({ base: letters(2), mine: fc.option(letters(2)), theirs: fc.option(letters(2)) }), { minLength: 1, maxLength: 6 })
  .map((parts) => ({
    base: text(parts.map(({ base }) => base)),
    mine: text(parts.map(({ base, mine }) => mine ?? base)),
    theirs: text(parts.map(({ base, theirs }) => theirs ?? base)),
  }))

const apply = (a: string, edits: TextEdit[]) =>
  edits.reduceRight((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), a)

describe('mergeLines', () => {
  test.each(golden)('$name', ({ base, ours, theirs, merged }) => {
    const want = merged === null ? null : text(merged)
    expect(mergeLines(text(base), text(ours), text(theirs))).toBe(want)
    expect(mergeLines(text(base), text(theirs), text(ours))).toBe(want)
  })

  test('gives what the server gives', () => {
    for (const [base, ours, theirs, merged] of random) {
      expect({ base, ours, theirs, merged: mergeLines(base, ours, theirs) }).toEqual({ base, ours, theirs, merged })
    }
  })

  test('does not depend on the order, and with an unchanged or equal side gives the other', () => {
    fc.assert(
      fc.property(three, ({ base, mine, theirs }) => {
        expect(mergeLines(base, mine, theirs)).toBe(mergeLines(base, theirs, mine))
        expect(mergeLines(base, mine, base)).toBe(mine)
        expect(mergeLines(base, base, theirs)).toBe(theirs)
        expect(mergeLines(base, mine, mine)).toBe(mine)
      }),
      { numRuns: 2000 },
    )
  })

  test('keeps the lines of both in their order', () => {
    fc.assert(
      fc.property(three, ({ base, mine, theirs }) => {
        const merged = mergeLines(base, mine, theirs)
        fc.pre(merged !== null)
        for (const { kind, lines } of mergeChunks(base, mine, theirs)) {
          if (kind === 'same') expect(new Set([text([...lines.base]), text([...lines.mine]), text([...lines.theirs])]).size).toBe(1)
          if (kind === 'mine') expect(lines.theirs).toEqual(lines.base)
          if (kind === 'theirs') expect(lines.mine).toEqual(lines.base)
        }
        const chosen = mergeChunks(base, mine, theirs).map(({ kind, lines }) => (kind === 'theirs' ? lines.theirs : lines.mine))
        expect(joinLines(chosen)).toBe(merged)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('mergeChunks', () => {
  test('the strings of a side are its text', () => {
    fc.assert(
      fc.property(three, ({ base, mine, theirs }) => {
        const chunks = mergeChunks(base, mine, theirs)
        const joined = (side: 'base' | 'mine' | 'theirs') => chunks.map((chunk) => chunk[side]).join('')
        expect([joined('base'), joined('mine'), joined('theirs')]).toEqual([base, mine, theirs])
        expect(joinLines(chunks.map(({ lines }) => lines.mine))).toBe(mine)
        expect(chunks.some(({ kind }) => kind === 'conflict')).toBe(mergeLines(base, mine, theirs) === null)
      }),
      { numRuns: 2000 },
    )
  })

  test('names the regions', () => {
    const chunks = mergeChunks('a\nb\nc\nd\ne', 'A\nb\nC\nD\ne', 'a\nB\nc\nX\ne')
    expect(chunks.map(({ kind, base, mine, theirs }) => [kind, base, mine, theirs])).toEqual([
      ['mine', 'a\n', 'A\n', 'a\n'],
      ['theirs', 'b\n', 'b\n', 'B\n'],
      ['mine', 'c\n', 'C\n', 'c\n'],
      ['conflict', 'd\n', 'D\n', 'X\n'],
      ['same', 'e', 'e', 'e'],
    ])
  })
})

describe('mergeWords', () => {
  test('merges changes of different words in one line', () => {
    expect(mergeWords('The cat sat on the mat.', 'The black cat sat on the mat.', 'The cat sat on the rug.')).toBe(
      'The black cat sat on the rug.',
    )
  })

  test('gives nothing when both changed a word differently', () => {
    expect(mergeWords('The cat sat.', 'The dog sat.', 'The cow sat.')).toBeNull()
  })

  test('is symmetric', () => {
    const words = fc.array(fc.constantFrom('one ', 'two ', 'drei-', '. '), { maxLength: 6 }).map((all) => all.join(''))
    fc.assert(
      fc.property(words, words, words, (base, a, b) => {
        expect(mergeWords(base, a, b)).toBe(mergeWords(base, b, a))
      }),
    )
  })
})

test.each([
  [['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'd'], ['a', 'b', 'd', 'c']],
  [['a', 'b'], ['b'], ['a', 'b', 'd'], ['b', 'd']],
  [['a', 'b'], ['b', 'a'], ['a', 'b'], ['b', 'a']],
  [['a'], ['a', 'x'], ['x'], ['x']],
  [[], ['x', 'y'], ['y'], ['y', 'x']],
])('mergeTags(%j, %j, %j)', (base, mine, theirs, merged) => {
  expect(mergeTags(base, mine, theirs)).toEqual(merged)
})

describe('diffTexts', () => {
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
})
