/**
 * The diff of the merge: internal/merge/diff.go in TypeScript, step for step, so that both
 * give the same results. A change here is a change there.
 */

/** The costs of the alignment: a kept line is free, a changed one is cheaper than one deleted and one inserted. */
const changeCost = 3
const gapCost = 2

/** Bounds the cost of the alignment between two anchors, and its memory to maxCost²/2 numbers. */
const maxCost = 1000

/** Bounds the steps of one diff. Beyond either bound the rest between two anchors counts as changed. */
const maxWork = 1_000_000

type Range = { aLo: number; aHi: number; bLo: number; bHi: number }

type Pair = readonly [a: number, b: number]

/** The furthest line of a for each diagonal within reach, or -1. */
type Wave = { reach: number; x: Int32Array }

type Step = 'start' | 'change' | 'remove' | 'insert'

/**
 * Returns for each line of a the index of the equal line in b that it is kept as, or -1. The indices ascend. Lines
 * that occur once in both texts are anchors: the longest ascending sequence of them is kept. `ids` bounds the numbers.
 */
export function matchLines(a: Int32Array, b: Int32Array, ids: number): Int32Array {
  const pairs = new Int32Array(a.length).fill(-1)
  const budget = { work: maxWork }
  const middle = trim(a, b, pairs, { aLo: 0, aHi: a.length, bLo: 0, bHi: b.length })
  let { aLo, bLo } = middle
  for (const [i, j] of anchors(a, b, middle, ids)) {
    align(a, b, pairs, trim(a, b, pairs, { aLo, aHi: i, bLo, bHi: j }), budget)
    pairs[i] = j
    aLo = i + 1
    bLo = j + 1
  }
  align(a, b, pairs, trim(a, b, pairs, { ...middle, aLo, bLo }), budget)
  return pairs
}

/** Pairs the common first and last lines of a range and returns the rest. */
function trim(a: Int32Array, b: Int32Array, pairs: Int32Array, range: Range): Range {
  let { aLo, aHi, bLo, bHi } = range
  while (aLo < aHi && bLo < bHi && a[aLo] === b[bLo]) pairs[aLo++] = bLo++
  while (aLo < aHi && bLo < bHi && a[aHi - 1] === b[bHi - 1]) pairs[--aHi] = --bHi
  return { aLo, aHi, bLo, bHi }
}

/** The pairs of lines of the range that occur once in each whole text and form the longest sequence that ascends in both. */
function anchors(a: Int32Array, b: Int32Array, { aLo, aHi, bLo, bHi }: Range, ids: number): Pair[] {
  if (aLo === aHi || bLo === bHi) return []
  const inA = new Int32Array(ids)
  const inB = new Int32Array(ids)
  const at = new Int32Array(ids)
  for (const id of a) inA[id] = num(inA, id) + 1
  for (let j = 0; j < b.length; j++) {
    const id = num(b, j)
    inB[id] = num(inB, id) + 1
    at[id] = j
  }
  const unique: Pair[] = []
  for (let i = aLo; i < aHi; i++) {
    const id = num(a, i)
    const j = num(at, id)
    if (inA[id] === 1 && inB[id] === 1 && j >= bLo && j < bHi) unique.push([i, j])
  }
  return longestAscending(unique)
}

/** The longest sequence of pairs with ascending second numbers. The first numbers ascend already. */
function longestAscending(pairs: Pair[]): Pair[] {
  const ends: number[] = [] // ends[n] is the index of the pair with the least second number that ends a sequence of n+1
  const before = new Int32Array(pairs.length)
  for (const [i, [, second]] of pairs.entries()) {
    let lo = 0
    let hi = ends.length
    while (lo < hi) {
      const mid = (lo + hi) >> 1
      if ((pairs[ends[mid] ?? 0]?.[1] ?? 0) < second) lo = mid + 1
      else hi = mid
    }
    before[i] = ends[lo - 1] ?? -1
    ends[lo] = i
  }
  const out: Pair[] = []
  for (let i = ends.at(-1) ?? -1; i >= 0; i = num(before, i)) {
    const pair = pairs[i]
    if (pair) out.push(pair)
  }
  return out.reverse()
}

/**
 * Pairs the equal lines of a cheapest alignment of a range: the greedy algorithm of Myers with costs. For each cost in
 * turn it finds the furthest line of a that each diagonal (line of a - line of b) can reach, from the furthest points of
 * the costs below.
 */
function align(a: Int32Array, b: Int32Array, pairs: Int32Array, range: Range, budget: { work: number }): void {
  const { aLo, bLo } = range
  const n = range.aHi - aLo
  const m = range.bHi - bLo
  if (n === 0 || m === 0 || gapCost * Math.abs(n - m) > maxCost) return
  const waves: Wave[] = []
  for (let cost = 0; cost <= maxCost && budget.work >= 0; cost++) {
    const wave = newWave(cost)
    const change = last(waves, changeCost)
    const gap = last(waves, gapCost)
    for (let k = -wave.reach; k <= wave.reach; k++) {
      const start = cost === 0 ? 0 : furthest(change, gap, k, n, m)
      if (start < 0) continue
      let x = start
      while (x < n && x - k < m && a[aLo + x] === b[bLo + x - k]) x++
      budget.work -= x - start
      wave.x[k + wave.reach] = x
    }
    budget.work -= wave.x.length
    waves.push(wave)
    if (at(wave, n - m) === n) {
      trace(waves, pairs, range)
      return
    }
  }
}

function newWave(cost: number): Wave {
  const reach = Math.floor(cost / gapCost)
  return { reach, x: new Int32Array(2 * reach + 1).fill(-1) }
}

const noWave: Wave = { reach: -1, x: new Int32Array(0) }

/** The wave with a cost of `by` less than that of the next one. */
const last = (waves: Wave[], by: number): Wave => waves[waves.length - by] ?? noWave

const at = ({ reach, x }: Wave, k: number): number => (k < -reach || k > reach ? -1 : (x[k + reach] ?? -1))

/** The furthest line of a on diagonal k that one more step reaches, before equal lines are followed, or -1. */
function furthest(change: Wave, gap: Wave, k: number, n: number, m: number): number {
  let best = -1
  const changed = at(change, k)
  if (changed >= 0 && changed < n && changed - k < m) best = changed + 1
  const removed = at(gap, k - 1)
  if (removed >= 0 && removed < n && removed >= best) best = removed + 1
  const inserted = at(gap, k + 1)
  if (inserted > best && inserted - k <= m) best = inserted
  return best
}

/** The step that `furthest` has taken. Of equally far steps a change goes before a removal, and that before an insertion. */
function lastStep(change: Wave, gap: Wave, k: number, n: number, m: number): Step {
  let best = -1
  let step: Step = 'start'
  const changed = at(change, k)
  if (changed >= 0 && changed < n && changed - k < m) {
    best = changed + 1
    step = 'change'
  }
  const removed = at(gap, k - 1)
  if (removed >= 0 && removed < n && removed >= best) {
    best = removed + 1
    step = 'remove'
  }
  const inserted = at(gap, k + 1)
  if (inserted > best && inserted - k <= m) step = 'insert'
  return step
}

/** Walks the found alignment back from its end and pairs the equal lines. */
function trace(waves: Wave[], pairs: Int32Array, { aLo, aHi, bLo, bHi }: Range): void {
  const n = aHi - aLo
  const m = bHi - bLo
  let k = n - m
  for (let wave = waves.pop(); wave; wave = waves.pop()) {
    const change = last(waves, changeCost)
    const gap = last(waves, gapCost)
    const end = at(wave, k)
    for (let i = Math.max(furthest(change, gap, k, n, m), 0); i < end; i++) pairs[aLo + i] = bLo + i - k
    const step = lastStep(change, gap, k, n, m)
    if (step === 'start') return
    if (step !== 'change') k += step === 'remove' ? -1 : 1
    waves.length -= (step === 'change' ? changeCost : gapCost) - 1
  }
}

/** Reads a number that is known to be there. */
const num = (numbers: Int32Array, index: number): number => numbers[index] ?? 0
