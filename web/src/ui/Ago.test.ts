import { expect, it } from 'vitest'
import { ago } from './Ago'

it.each([
  [-5, 'just now'],
  [0, 'just now'],
  [59, 'just now'],
  [60, '1 minute ago'],
  [3_599, '59 minutes ago'],
  [7_200, '2 hours ago'],
  [86_400, 'yesterday'],
  [6 * 86_400, '6 days ago'],
  [7 * 86_400, '23 Nov 2026'],
])('%i seconds: %s', (seconds, words) => {
  const at = '2026-11-23T10:00:00Z'
  expect(ago(at, Date.parse(at) + seconds * 1000)).toBe(words)
})
