import { wordsOf, type Deadline, type Range } from './tokenDiff'

/** A part of a region: one line of each side that are versions of each other, or lines without a counterpart. */
type Part = Range & { isPair: boolean }

/** The most cells of the alignment table. Beyond it lines are paired by their number, if both sides have as many. */
const maxCells = 40_000

/** The minimum similarity (0 to 1) of two lines that are paired. */
const minLikeness = 0.35

/**
 * Splits a changed region into pairs of corresponding lines and the lines between them. It chooses the pairs, in
 * order, that have the most words in common; equal lines are left out of the result.
 */
export function alignLines(a: readonly string[], b: readonly string[], region: Range, deadline: Deadline): Part[] {
  const { fromA, toA, fromB, toB } = region
  const rows = toA - fromA
  const columns = toB - fromB
  if (rows === 0 || columns === 0) return [{ ...region, isPair: false }]
  if (deadline.expired()) return [{ ...region, isPair: false }]
  if (rows * columns > maxCells) return alignByNumber(a, b, region)
  const bagsA = a.slice(fromA, toA).map(bagOf)
  const bagsB = b.slice(fromB, toB).map(bagOf)
  const scores = bagsA.map((bagA) => bagsB.map((bagB) => score(bagA, bagB)))
  return partsOf(region, bestPairs(scores, rows, columns), (i, j) => a[fromA + i] === b[fromB + j])
}

function alignByNumber(a: readonly string[], b: readonly string[], region: Range): Part[] {
  const { fromA, toA, fromB, toB } = region
  if (toA - fromA !== toB - fromB) return [{ ...region, isPair: false }]
  const pairs: [number, number][] = []
  for (let i = 0; i < toA - fromA; i++) {
    if (score(bagOf(a[fromA + i] ?? ''), bagOf(b[fromB + i] ?? '')) > 0) pairs.push([i, i])
  }
  return partsOf(region, pairs, (i, j) => a[fromA + i] === b[fromB + j])
}

type Bag = { text: string; size: number; words: Map<string, number> }

function bagOf(text: string): Bag {
  const words = new Map<string, number>()
  let size = 0
  for (const word of wordsOf(text)) {
    if (word.trim() === '') continue
    words.set(word, (words.get(word) ?? 0) + 1)
    size++
  }
  return { text, size, words }
}

/** The score of pairing two lines; 0 below the minimum similarity. */
function score(a: Bag, b: Bag): number {
  if (a.text === b.text) return a.size === 0 ? 0.1 : 2 * a.size
  if (a.size === 0 || b.size === 0) return 0
  let common = 0
  const [small, large] = a.words.size < b.words.size ? [a, b] : [b, a]
  for (const [word, count] of small.words) common += Math.min(count, large.words.get(word) ?? 0)
  const likeness = (2 * common) / (a.size + b.size)
  return likeness < minLikeness ? 0 : likeness * common
}

/** The pairs of the highest total score, in order: the longest-common-subsequence table with weights. */
function bestPairs(scores: readonly (readonly number[])[], rows: number, columns: number): [number, number][] {
  const width = columns + 1
  const best = new Float64Array((rows + 1) * width)
  const at = (i: number, j: number) => best[i * width + j] ?? 0
  const scoreOf = (i: number, j: number) => scores[i]?.[j] ?? 0
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const paired = scoreOf(i, j) > 0 ? scoreOf(i, j) + at(i + 1, j + 1) : 0
      best[i * width + j] = Math.max(paired, at(i + 1, j), at(i, j + 1))
    }
  }
  const pairs: [number, number][] = []
  let i = 0
  let j = 0
  while (i < rows && j < columns) {
    if (scoreOf(i, j) > 0 && at(i, j) === scoreOf(i, j) + at(i + 1, j + 1)) pairs.push([i++, j++])
    else if (at(i, j) === at(i + 1, j)) i++
    else j++
  }
  return pairs
}

function partsOf(region: Range, pairs: [number, number][], isEqual: (i: number, j: number) => boolean): Part[] {
  const parts: Part[] = []
  let nextA = region.fromA
  let nextB = region.fromB
  const between = (toA: number, toB: number) => {
    if (toA > nextA || toB > nextB) parts.push({ fromA: nextA, toA, fromB: nextB, toB, isPair: false })
  }
  for (const [i, j] of pairs) {
    const fromA = region.fromA + i
    const fromB = region.fromB + j
    between(fromA, fromB)
    nextA = fromA + 1
    nextB = fromB + 1
    if (!isEqual(i, j)) parts.push({ fromA, toA: nextA, fromB, toB: nextB, isPair: true })
  }
  between(region.toA, region.toB)
  return parts
}
