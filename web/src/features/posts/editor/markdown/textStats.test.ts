import { expect, test } from 'vitest'
import { countBytes, countWords, readTime, textStats } from './textStats'

test('words are what Go counts as fields', () => {
  expect(countWords('')).toBe(0)
  expect(countWords('  one\ttwo\n\nthree\u00a0four\u0085five\u3000six ')).toBe(6)
  expect(countWords('\ufeffone')).toBe(1)
})

test('the reading time is rounded, from one minute to a thousand', () => {
  expect([0, 299, 300, 499, 500].map(readTime)).toEqual([1, 1, 2, 2, 3])
  expect(readTime(1_000_000)).toBe(1_000)
})

test('bytes are counted near the limit only', () => {
  expect(countBytes('a'.repeat(224_999))).toBeNull()
  expect(countBytes('a'.repeat(225_000))).toBe(225_000)
  expect(textStats('ü'.repeat(125_001)).bytes).toBe(250_002)
})
