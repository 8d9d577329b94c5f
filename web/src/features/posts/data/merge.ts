/**
 * A three-way merge by line and by position from the common base: the rules and the algorithm of the server
 * (internal/merge); the tests replay its golden cases. It never searches for similar context and bounds its own work.
 *
 * A text is split at "\n"; the text after the last newline is a line as well.
 */
import { LineTable, lineEdits, type Edit, type Lines } from './lineEdits'

/** Lines of the three texts that neither side, one side, both sides equally or both differently changed. */
export type Region = {
  kind: 'same' | 'mine' | 'theirs' | 'both' | 'conflict'
  base: readonly string[]
  mine: readonly string[]
  theirs: readonly string[]
}

/** Merges the changes base→mine and base→theirs; null when they conflict. The order of the sides does not matter. */
export function mergeLines(base: string, mine: string, theirs: string): string | null {
  if (mine === theirs || theirs === base) return mine
  if (mine === base) return theirs
  return merged(regions(split(base), split(mine), split(theirs)), '\n')
}

/** The regions of the three texts for a conflict view, in order. The lines of one side, joined, are that side's text. */
export function mergeRegions(base: string, mine: string, theirs: string): Region[] {
  return joinRegions(regions(split(base), split(mine), split(theirs)))
}

/** The lines that both texts have in the same order: a base for texts without a common ancestor, from which each side only adds. */
export function commonLines(mine: string, theirs: string): string {
  const same = mergeRegions(mine, mine, theirs).filter(({ kind }) => kind === 'same')
  return same.flatMap(({ base }) => base).join('\n')
}

/** Merges by words and not by lines: a proposal for a region in conflict. Null when words conflict as well. */
export function mergeWords(base: string, mine: string, theirs: string): string | null {
  if (mine === theirs || theirs === base) return mine
  if (mine === base) return theirs
  return merged(regions(words(base), words(mine), words(theirs)), '')
}

/** Merges tags as a set: theirs without those that mine removed, and with those that mine added. */
export function mergeTags(base: readonly string[], mine: readonly string[], theirs: readonly string[]): string[] {
  if (equal(theirs, base)) return [...mine]
  const kept = theirs.filter((tag) => mine.includes(tag) || !base.includes(tag))
  return [...kept, ...mine.filter((tag) => !base.includes(tag) && !theirs.includes(tag))]
}

const split = (text: string): string[] => text.split('\n')

/** Beyond this length words are found by a regular expression: a segmenter takes long. */
const maxSegmented = 20_000

function words(text: string): string[] {
  if (text.length > maxSegmented) return text.match(/\s+|[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu) ?? []
  return Array.from(new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text), ({ segment }) => segment)
}

function merged(all: Iterable<Region>, separator: string): string | null {
  const out: string[] = []
  for (const { kind, mine, theirs } of all) {
    if (kind === 'conflict') return null
    append(out, kind === 'theirs' ? theirs : mine)
  }
  return out.join(separator)
}

function append(lines: string[], more: readonly string[]): void {
  for (const line of more) lines.push(line)
}

/** Edits that share slots form a region, which is a conflict unless both sides have the same lines there. */
function* regions(base: readonly string[], mine: readonly string[], theirs: readonly string[]): Generator<Region> {
  const table = new LineTable()
  const [b, m, t] = [table.text(base), table.text(mine), table.text(theirs)]
  const mineEdits = lineEdits(b, m, table.size)
  const theirEdits = lineEdits(b, t, table.size)
  let [i, j, end] = [0, 0, 0]
  while (i < mineEdits.length || j < theirEdits.length) {
    const next = nextRegion(mineEdits, i, theirEdits, j)
    yield same(linesIn(b, end, next.lo))
    const region = {
      base: linesIn(b, next.lo, next.hi),
      mine: applied(b, m, mineEdits.slice(i, next.i), next.lo, next.hi),
      theirs: applied(b, t, theirEdits.slice(j, next.j), next.lo, next.hi),
    }
    yield { kind: kindOf(region, next.i > i, next.j > j), ...region }
    ;({ i, j, hi: end } = next)
  }
  yield same(linesIn(b, end, 2 * base.length + 1))
}

const same = (lines: readonly string[]): Region => ({ kind: 'same', base: lines, mine: lines, theirs: lines })

function kindOf({ mine, theirs }: Omit<Region, 'kind'>, isMine: boolean, isTheirs: boolean): Region['kind'] {
  if (!isTheirs) return 'mine'
  if (!isMine) return 'theirs'
  return equal(mine, theirs) ? 'both' : 'conflict'
}

/** The slots of the next region, and the indices of the first edits behind it. */
function nextRegion(mine: Edit[], i: number, theirs: Edit[], j: number) {
  const lo = Math.min(mine[i]?.lo ?? Infinity, theirs[j]?.lo ?? Infinity)
  let hi = lo + 1
  for (;;) {
    const [m, t] = [mine[i], theirs[j]]
    if (m && m.lo < hi) {
      hi = Math.max(hi, m.hi)
      i++
    } else if (t && t.lo < hi) {
      hi = Math.max(hi, t.hi)
      j++
    } else return { lo, hi, i, j }
  }
}

/** The base's lines that are slots of [lo, hi). */
const linesIn = ({ lines }: Lines, lo: number, hi: number): readonly string[] => lines.slice(lo >> 1, hi >> 1)

/** The lines of a side in the base's slots [lo, hi), in which it made the given edits. */
function applied(base: Lines, side: Lines, edits: Edit[], lo: number, hi: number): readonly string[] {
  const out: string[] = []
  for (const edit of edits) {
    append(out, linesIn(base, lo, edit.lo))
    append(out, side.lines.slice(edit.from, edit.to))
    lo = edit.hi
  }
  append(out, linesIn(base, lo, hi))
  return out
}

/** Joins neighbours of one kind, such as changed lines that follow each other, and leaves out empty regions. */
function joinRegions(all: Iterable<Region>): Region[] {
  const joined: { kind: Region['kind']; base: string[]; mine: string[]; theirs: string[] }[] = []
  for (const { kind, base, mine, theirs } of all) {
    if (base.length + mine.length + theirs.length === 0) continue
    let last = joined.at(-1)
    if (last?.kind !== kind) {
      last = { kind, base: [], mine: [], theirs: [] }
      joined.push(last)
    }
    append(last.base, base)
    append(last.mine, mine)
    append(last.theirs, theirs)
  }
  return joined
}

const equal = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((value, i) => value === b[i])
