import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffText } from './textDiff'

/** The changes as [removed, inserted]. */
function changed(a: string, b: string) {
  return diffText(a, b).changes.map(({ fromA, toA, fromB, toB }) => [a.slice(fromA, toA), b.slice(fromB, toB)])
}

/** The second text, made of the first one and the changes. */
function applied(a: string, b: string): string {
  let result = ''
  let end = 0
  for (const { fromA, toA, fromB, toB } of diffText(a, b).changes) {
    result += a.slice(end, fromA) + b.slice(fromB, toB)
    end = toA
  }
  return result + a.slice(end)
}

const north = 'The north gate opens at nine and the ticket costs five euros.'
const south = 'The south gate stays closed until the end of the summer works.'
const west = 'Visitors from the west enter by the bridge near the old mill.'
const join = (...paragraphs: string[]) => paragraphs.join('\n\n')

test('equal texts have no changes', () => {
  expect(diffText('a\nb', 'a\nb')).toEqual({ changes: [], moves: [] })
})

test('inside a line the changed words are marked', () => {
  expect(changed('one\nthe old word\nthree', 'one\nthe new word\nthree')).toEqual([['old', 'new']])
})

test('a removed and an added line are whole lines', () => {
  expect(changed('a\nb\nc', 'a\nc')).toEqual([['b\n', '']])
  expect(changed('a', 'a\nb')).toEqual([['', '\nb']])
  expect(changed('', 'a')).toEqual([['', 'a']])
})

test('a paragraph is compared with its own new version, not with the one at its place', () => {
  const edited = south.replace('summer', 'winter')
  expect(changed(join(north, south), join(west, north.replace('nine', 'ten'), edited))).toEqual([
    ['', `${west}\n\n`],
    ['nine', 'ten'],
    ['summer', 'winter'],
  ])
})

test('swapped paragraphs are one move', () => {
  const { moves, changes } = diffText(join(north, south, 'End.'), join(south, north, 'End.'))
  expect(moves).toHaveLength(1)
  expect(changes.length).toBeLessThanOrEqual(2)
})

test('a section that moved is one block, with its blank lines', () => {
  const section = join('## West', west)
  const { moves } = diffText(join(section, north, south, 'End.'), join(north, south, 'End.', section))
  expect(moves).toEqual([{ fromA: 0, toA: 3, fromB: 6, toB: 9 }])
})

test('short lines that repeat are no move', () => {
  expect(diffText('- a\nx\ny', 'x\ny\n- a').moves).toEqual([])
})

test('the changes always give the second text', () => {
  const line = fc.constantFrom('', 'a', 'b', 'a b', north, south, `${north} More.`, '- x')
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'))
  fc.assert(fc.property(text, text, (a, b) => applied(a, b) === b))
})

test.each([
  ['nothing in common', (i: number) => `left ${i * 7} lorem`, (i: number) => `right ${i * 13} ipsum`],
  ['each line changed', (i: number) => `line ${i} lorem`, (i: number) => `line ${i} ipsum`],
  ['few different lines', (i: number) => `x${i % 7}`, (i: number) => `x${i % 5}`],
])('the largest content is compared in time: %s', (_, left, right) => {
  const text = (line: (i: number) => string) => Array.from({ length: 14_000 }, (_, i) => line(i)).join('\n')
  const began = performance.now()
  const a = text(left)
  const b = text(right)
  expect(applied(a, b) === b).toBe(true)
  expect(performance.now() - began).toBeLessThan(3_000)
})
