/** A top-level block of the Markdown or of the HTML: its kind, and how its text begins. */
export type Block = { kind: string; text: string }
export type SourceBlock = Block & { line: number }

/** The block of the Markdown at `line` is the element at `index` of the HTML. */
export type Anchor = { line: number; index: number }
/** A line of the Markdown and where it is shown, in pixels. */
export type Point = { line: number; top: number }

/** Letters and digits that two texts must have in common at their beginning. */
const keyLength = 12

/**
 * Matches the blocks of the Markdown with the elements of the HTML. Blocks with a kind and beginning that occur once on
 * either side are matched first, in the longest order that both have; then their neighbours, as far as the kinds agree. Blocks
 * without a match, such as raw HTML and definitions, lie between two anchors.
 */
export function anchorsOf(source: readonly SourceBlock[], shown: readonly Block[]): Anchor[] {
  const pairs: [number, number][] = [...increasing(uniquePairs(source, shown)), [source.length, shown.length]]
  const anchors: Anchor[] = []
  let s = 0
  let e = 0
  for (const [nextSource, nextShown] of pairs) {
    for (const [i, j] of neighbours(source, shown, [s, e], [nextSource, nextShown])) {
      const block = source[i]
      if (block) anchors.push({ line: block.line, index: j })
    }
    const block = source[nextSource]
    if (block) anchors.push({ line: block.line, index: nextShown })
    s = nextSource + 1
    e = nextShown + 1
  }
  return anchors
}

function uniquePairs(source: readonly Block[], shown: readonly Block[]): [number, number][] {
  const there = byKey(shown)
  const pairs: [number, number][] = []
  for (const [key, indexes] of byKey(source)) {
    const matches = there.get(key)
    if (indexes.length === 1 && matches?.length === 1) pairs.push([indexes[0] ?? 0, matches[0] ?? 0])
  }
  return pairs.sort(([a], [b]) => a - b)
}

function byKey(blocks: readonly Block[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  blocks.forEach(({ kind, text }, i) => {
    const letters = text.replace(/[^\p{L}\p{N}]/gu, '').slice(0, keyLength)
    if (letters === '') return
    const key = `${kind} ${letters}`
    found.set(key, [...(found.get(key) ?? []), i])
  })
  return found
}

/** The longest part of the pairs, sorted by their first number, in which the second numbers increase too. */
function increasing(pairs: readonly [number, number][]): [number, number][] {
  const tails: number[] = [] // tails[n]: the pair that ends the best run of n + 1 pairs
  const before: number[] = pairs.map(() => -1)
  pairs.forEach(([, second], i) => {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[tails[middle] ?? 0]?.[1] ?? 0) < second) low = middle + 1
      else high = middle
    }
    before[i] = low === 0 ? -1 : (tails[low - 1] ?? -1)
    tails[low] = i
  })
  const run: [number, number][] = []
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i] ?? -1) {
    const pair = pairs[i]
    if (pair) run.unshift(pair)
  }
  return run
}

/** Pairs between two matches: from the front and from the back while the kinds agree, without raw HTML and definitions. */
function neighbours(
  source: readonly Block[],
  shown: readonly Block[],
  [s, e]: readonly [number, number],
  [sourceEnd, shownEnd]: readonly [number, number],
): [number, number][] {
  const from = indexes(source, s, sourceEnd, 'none')
  const to = indexes(shown, e, shownEnd, 'html')
  const agree = (i = -1, j = -1) => source[i]?.kind === shown[j]?.kind
  const pairs: [number, number][] = []
  while (from.length > 0 && to.length > 0 && agree(from[0], to[0])) pairs.push([from.shift() ?? 0, to.shift() ?? 0])
  const back: [number, number][] = []
  while (from.length > 0 && to.length > 0 && agree(from.at(-1), to.at(-1))) back.unshift([from.pop() ?? 0, to.pop() ?? 0])
  return [...pairs, ...back]
}

function indexes(blocks: readonly Block[], start: number, end: number, without: string): number[] {
  const found: number[] = []
  for (let i = start; i < end; i++) if (blocks[i]?.kind !== without) found.push(i)
  return found
}

/** Where a line is shown; between two points, in proportion. `points` increase and have at least two. */
export const topOfLine = (points: readonly Point[], line: number): number => between(points, line, 'line', 'top')

/** Which line is shown at a height. */
export const lineAtTop = (points: readonly Point[], top: number): number => between(points, top, 'top', 'line')

function between(points: readonly Point[], value: number, from: keyof Point, to: keyof Point): number {
  const next = points.findIndex((point) => point[from] > value)
  const after = points[next === -1 ? points.length - 1 : Math.max(1, next)]
  const before = points[next === -1 ? points.length - 2 : Math.max(0, next - 1)]
  if (!after || !before) return 0
  const span = after[from] - before[from]
  const part = span > 0 ? Math.min(1, Math.max(0, (value - before[from]) / span)) : 0
  return before[to] + part * (after[to] - before[to])
}
