import { expect, test } from 'vitest'
import { holdOrder } from './useHeldOrder'

const hold = (rows: number[], held: number[]) => holdOrder(rows, (row) => row, held)

test.each([
  ['a new row above waits', [9, 1, 2, 3], [1, 2, 3], [1, 2, 3], 1],
  ['a row that rose stays', [3, 1, 2], [1, 2, 3], [1, 2, 3], 0],
  ['a row that went is gone', [1, 3], [1, 2, 3], [1, 3], 0],
  ['rows that were loaded below appear', [3, 1, 2, 4, 5], [1, 2, 3], [1, 2, 3, 4, 5], 0],
  ['all at once', [9, 3, 1, 4], [1, 2, 3], [1, 3, 4], 1],
])('%s', (_, rows, held, shown, waiting) => {
  expect(hold(rows, held)).toEqual({ shown, waiting })
})
