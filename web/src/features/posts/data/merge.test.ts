import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { letters } from './testTexts'
import { mergeLines, mergeRegions, mergeTags, mergeWords } from './merge'

type Golden = { name: string; base: string[]; ours: string[]; theirs: string[]; merged: string[] | null }

const testdata = '../internal/merge/testdata'
const golden = JSON.parse(readFileSync(`${testdata}/cases.json`, 'utf8')) as Golden[]
const random = JSON.parse(readFileSync(`${testdata}/random.json`, 'utf8')) as [string, string, string, string | null][]

const text = (lines: string[]) => lines.join('\n')

/** A base and two texts that have much of it. */
const three = fc
  .array(fc.record({ base: letters(2), mine: fc.option(letters(2)), theirs: fc.option(letters(2)) }), { minLength: 1, maxLength: 6 })
  .map((parts) => ({
    base: text(parts.map(({ base }) => base)),
    mine: text(parts.map(({ base, mine }) => mine ?? base)),
    theirs: text(parts.map(({ base, theirs }) => theirs ?? base)),
  }))

describe('mergeLines', () => {
  test.each(golden)('$name', ({ base, ours, theirs, merged }) => {
    const want = merged === null ? null : text(merged)
    expect(mergeLines(text(base), text(ours), text(theirs))).toBe(want)
    expect(mergeLines(text(base), text(theirs), text(ours))).toBe(want)
  })

  test('gives the same results as the server', () => {
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
        const regions = mergeRegions(base, mine, theirs)
        for (const region of regions) {
          if (region.kind === 'same') expect([region.mine, region.theirs]).toEqual([region.base, region.base])
          if (region.kind === 'mine') expect(region.theirs).toEqual(region.base)
          if (region.kind === 'theirs') expect(region.mine).toEqual(region.base)
        }
        expect(text(regions.flatMap((region) => (region.kind === 'theirs' ? region.theirs : region.mine)))).toBe(merged)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('mergeRegions', () => {
  test('the lines of a side are its text', () => {
    fc.assert(
      fc.property(three, ({ base, mine, theirs }) => {
        const regions = mergeRegions(base, mine, theirs)
        const joined = (side: 'base' | 'mine' | 'theirs') => text(regions.flatMap((region) => region[side]))
        expect([joined('base'), joined('mine'), joined('theirs')]).toEqual([base, mine, theirs])
        expect(regions.some(({ kind }) => kind === 'conflict')).toBe(mergeLines(base, mine, theirs) === null)
      }),
      { numRuns: 2000 },
    )
  })

  test('each region has a kind, and neighbours of one kind are joined', () => {
    expect(mergeRegions('a\nb\nc\nd\ne\nf', 'A\nb\nC\nD\ne\nf', 'a\nB\nc\nX\ne\nf')).toEqual([
      { kind: 'mine', base: ['a'], mine: ['A'], theirs: ['a'] },
      { kind: 'theirs', base: ['b'], mine: ['b'], theirs: ['B'] },
      { kind: 'mine', base: ['c'], mine: ['C'], theirs: ['c'] },
      { kind: 'conflict', base: ['d'], mine: ['D'], theirs: ['X'] },
      { kind: 'same', base: ['e', 'f'], mine: ['e', 'f'], theirs: ['e', 'f'] },
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
