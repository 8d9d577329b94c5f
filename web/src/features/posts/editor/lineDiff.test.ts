import { expect, test } from 'vitest'
import { lineDiff } from './lineDiff'

const plain = (text: string) => ({ text, isChanged: false })
const marked = (text: string) => ({ text, isChanged: true })

test('equal texts have no changed row', () => {
  expect(lineDiff('a\nb', 'a\nb').filter(({ kind }) => kind === 'changed')).toEqual([])
})

test('a changed line stands beside its new self, with the words marked', () => {
  expect(lineDiff('one\nthe old word\nthree', 'one\nthe new word\nthree')).toEqual([
    { kind: 'same', text: 'one' },
    { kind: 'changed', left: [plain('the '), marked('old'), plain(' word')], right: [plain('the '), marked('new'), plain(' word')] },
    { kind: 'same', text: 'three' },
  ])
})

test('added and removed lines have nothing beside them', () => {
  expect(lineDiff('a', 'a\nb')).toEqual([
    { kind: 'same', text: 'a' },
    { kind: 'changed', left: null, right: [marked('b')] },
  ])
  expect(lineDiff('a\nb', 'b')).toEqual([
    { kind: 'changed', left: [marked('a')], right: null },
    { kind: 'same', text: 'b' },
  ])
})

test('a text against nothing', () => {
  expect(lineDiff('', 'a')).toEqual([{ kind: 'changed', left: [], right: [marked('a')] }])
})

test('far unchanged lines are counted, not shown', () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`)
  const rows = lineDiff(lines.join('\n'), lines.with(20, 'other').join('\n'))
  expect(rows.map((row) => (row.kind === 'skipped' ? row.lines : row.kind))).toEqual([
    18,
    'same',
    'same',
    'changed',
    'same',
    'same',
    17,
  ])
})

test('the largest content with nothing in common is compared in time', () => {
  const text = (word: string) => Array.from({ length: 12_000 }, (_, i) => `${word} ${i} lorem`).join('\n')
  const began = performance.now()
  expect(lineDiff(text('left'), text('right')).length).toBe(12_000)
  expect(performance.now() - began).toBeLessThan(3_000)
})
