import { expect, test } from 'vitest'
import { timeSpan } from './timeSpan'

const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute)
const iso = (date: Date) => date.toISOString()

test.each([
  [at(23, 14, 2), at(23, 14, 9), '14:02–14:09'],
  [at(23, 14, 2), at(23, 14, 2), '14:02'],
  [at(20, 14, 2), at(20, 14, 9), '20 Nov 2026, 14:02–14:09'],
])('%s to %s', (from, to, words) => {
  expect(timeSpan(iso(from), iso(to), at(23, 18, 0).getTime())).toBe(words)
})
