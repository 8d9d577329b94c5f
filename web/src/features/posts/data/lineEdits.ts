/**
 * The difference of two texts as edits of slots: internal/merge/pair.go and edit.go in TypeScript. The base has a slot
 * for every line and one for every gap between lines: line i is slot 2i+1, the gap before it slot 2i.
 */
import { matchLines } from './lineMatch'

/** A text as lines (or words); equal ones of one table have equal ids. */
export type Lines = { lines: readonly string[]; ids: Int32Array }

/** Replaces the base's slots [lo, hi) by the side's lines [from, to). */
export type Edit = { lo: number; hi: number; from: number; to: number }

type Hunk = { baseLo: number; baseHi: number; sideLo: number; sideHi: number }

/** Bounds the comparisons of lines for one hunk. */
const maxPairs = 4096

/** Gives each different line of several texts a number. */
export class LineTable {
  private readonly numbers = new Map<string, number>()

  get size(): number {
    return this.numbers.size
  }

  text(lines: readonly string[]): Lines {
    const ids = new Int32Array(lines.length)
    for (const [i, line] of lines.entries()) {
      let id = this.numbers.get(line)
      if (id === undefined) {
        id = this.numbers.size
        this.numbers.set(line, id)
      }
      ids[i] = id
    }
    return { lines, ids }
  }
}

/**
 * The difference between base and side as the smallest edits, in order. A changed line is an edit of its slot, an
 * insertion one of a gap, and a deletion one of each of its lines and of each gap between them. Lines that replace
 * another number of lines, and of which none is known to be a changed line of the base, are one edit; when lines were
 * added, it has the gaps at both of its ends. `ids` is the number of different lines.
 */
export function lineEdits(base: Lines, side: Lines, ids: number): Edit[] {
  const pairs = pairLines(base, side, ids)
  const edits: Edit[] = []
  let j = 0
  for (let i = 0; ; i++) {
    const first = i
    while (i < pairs.length && at(pairs, i) < 0) i++
    const next = i < pairs.length ? at(pairs, i) : side.ids.length
    addHunk(edits, { baseLo: first, baseHi: i, sideLo: j, sideHi: next })
    if (i === pairs.length) return edits
    if (base.ids[i] !== side.ids[next]) edits.push({ lo: 2 * i + 1, hi: 2 * i + 2, from: next, to: next + 1 })
    j = next + 1
  }
}

function addHunk(edits: Edit[], { baseLo, baseHi, sideLo: from, sideHi: to }: Hunk): void {
  const removed = baseHi - baseLo
  const added = to - from
  if (removed === 0 && added === 0) return
  if (added === 0) {
    for (let slot = 2 * baseLo + 1; slot < 2 * baseHi; slot++) edits.push({ lo: slot, hi: slot + 1, from, to })
  } else if (added > removed) edits.push({ lo: 2 * baseLo, hi: 2 * baseHi + 1, from, to })
  else edits.push({ lo: 2 * baseLo + 1, hi: 2 * baseHi, from, to })
}

/**
 * Returns for each line of the base the index of the side's line that it is, or has been changed into, and -1 for a line
 * that was deleted or belongs to a hunk without a clear pairing. The indices ascend.
 */
function pairLines(base: Lines, side: Lines, ids: number): Int32Array {
  const pairs = matchLines(base.ids, side.ids, ids)
  slideDown(base.ids, side.ids, pairs)
  for (const hunk of hunks(pairs, side.ids.length)) pairHunk(base, side, hunk, pairs)
  slideDown(base.ids, side.ids, pairs)
  return pairs
}

/** The ranges without pairs, in order. */
function hunks(pairs: Int32Array, sides: number): Hunk[] {
  const found: Hunk[] = []
  let i = 0
  let j = 0
  for (let end = 0; end <= pairs.length; end++) {
    const next = end < pairs.length ? at(pairs, end) : sides
    if (next < 0) continue
    if (i < end || j < next) found.push({ baseLo: i, baseHi: end, sideLo: j, sideHi: next })
    i = end + 1
    j = next + 1
  }
  return found
}

/**
 * Pairs the lines of a hunk that are alike, and of the rest between two such pairs all lines by position if their numbers
 * are equal.
 */
function pairHunk(base: Lines, side: Lines, hunk: Hunk, pairs: Int32Array): void {
  const { baseLo, sideLo } = hunk
  let { baseHi, sideHi } = hunk
  const comparisons = (baseHi - baseLo) * (sideHi - sideLo)
  if (comparisons > 1 && comparisons <= maxPairs) {
    for (const [a, b] of alikePairs(base.lines.slice(baseLo, baseHi), side.lines.slice(sideLo, sideHi))) {
      const i = baseLo + a
      const j = sideLo + b
      pairs[i] = j
      pairByPosition({ baseLo: i + 1, baseHi, sideLo: j + 1, sideHi }, pairs)
      baseHi = i
      sideHi = j
    }
  }
  pairByPosition({ baseLo, baseHi, sideLo, sideHi }, pairs)
}

function pairByPosition({ baseLo, baseHi, sideLo, sideHi }: Hunk, pairs: Int32Array): void {
  if (baseHi - baseLo !== sideHi - sideLo) return
  for (let i = baseLo; i < baseHi; i++) pairs[i] = sideLo + i - baseLo
}

/**
 * The pairs of lines that are at least half alike and, in ascending order on both sides, the most alike together, from
 * the last pair to the first.
 */
function alikePairs(a: readonly string[], b: readonly string[]): [number, number][] {
  const inA = a.map(codePoints)
  const inB = b.map(codePoints)
  const width = b.length + 1
  const best = new Int32Array((a.length + 1) * width) // best[i*width+j] is the likeness of the first i and j lines
  for (const [i, line] of a.entries()) {
    for (const [j, other] of b.entries()) {
      const to = (i + 1) * width + j + 1
      best[to] = Math.max(at(best, to - 1), at(best, to - width))
      const score = alike(line, other)
      if (2 * score >= Math.min(inA[i] ?? 0, inB[j] ?? 0)) best[to] = Math.max(at(best, to), at(best, to - width - 1) + score)
    }
  }
  const found: [number, number][] = []
  let i = a.length
  let j = b.length
  while (i > 0 && j > 0) {
    const to = i * width + j
    if (best[to] === best[to - 1]) j--
    else if (best[to] === best[to - width]) i--
    else found.push([--i, --j])
  }
  return found
}

/** Counts the code points of the common prefix and the common suffix. */
function alike(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let head = 0
  while (head < shorter && a.charCodeAt(head) === b.charCodeAt(head)) head++
  if (head > 0 && isHighSurrogate(a.charCodeAt(head - 1))) head--
  let tail = 0
  while (tail < shorter - head && a.charCodeAt(a.length - 1 - tail) === b.charCodeAt(b.length - 1 - tail)) tail++
  if (tail > 0 && isLowSurrogate(a.charCodeAt(a.length - tail))) tail--
  return codePoints(a.slice(0, head)) + codePoints(a.slice(a.length - tail))
}

/** Counts the code points of a text. */
function codePoints(text: string): number {
  let count = text.length
  for (let i = 1; i < text.length; i++) {
    if (isLowSurrogate(text.charCodeAt(i)) && isHighSurrogate(text.charCodeAt(i - 1))) count--
  }
  return count
}

export const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00
export const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000

/**
 * Moves each pure insertion and deletion as far down as equal lines allow: among equal readings of a difference it
 * selects the one in which a block starts with the line that makes it differ. It passes kept lines only.
 */
function slideDown(base: Int32Array, side: Int32Array, pairs: Int32Array): void {
  for (const { baseLo, baseHi, sideLo, sideHi } of hunks(pairs, side.length).reverse()) {
    if (baseLo === baseHi) {
      for (let i = baseLo, from = sideLo, to = sideHi; pairs[i] === to && base[i] === side[to] && base[i] === side[from]; i++, from++, to++) {
        pairs[i] = from
      }
    } else if (sideLo === sideHi) {
      for (let from = baseLo, to = baseHi, j = sideLo; pairs[to] === j && base[to] === side[j] && base[from] === side[j]; from++, to++, j++) {
        pairs[from] = j
        pairs[to] = -1
      }
    }
  }
}

/** Reads a number that is known to be there. */
const at = (numbers: Int32Array, index: number): number => numbers[index] ?? 0
