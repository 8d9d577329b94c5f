import { diff } from '@codemirror/merge'

/** Tokens [fromA, toA) of one sequence correspond to [fromB, toB) of the other and differ. */
export type Range = { fromA: number; toA: number; fromB: number; toB: number }

/** Stops a comparison in time: expired() is true after `budget` milliseconds. */
export type Deadline = { left: () => number; expired: () => boolean }

export function deadlineIn(budget: number): Deadline {
  const end = performance.now() + budget
  const left = () => Math.max(0, end - performance.now())
  return { left, expired: () => left() === 0 }
}

/** Words, runs of white space and single other characters; joined they are the text. */
export const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}\p{M}_]+|\s+|[^\p{L}\p{N}\p{M}_\s]/gu) ?? []

/**
 * The ranges in which two token sequences differ, in order. Each distinct token becomes one UTF-16 unit, so that the
 * string comparison of @codemirror/merge compares tokens. At the deadline it falls back to coarser ranges.
 */
export function diffTokens(a: readonly string[], b: readonly string[], deadline: Deadline): readonly Range[] {
  if (deadline.expired()) return outerRange(a, b)
  const units = new Map<string, string>()
  const encodedA = encode(a, units)
  const encodedB = encode(b, units)
  if (encodedA === null || encodedB === null) return outerRange(a, b)
  return diff(encodedA, encodedB, { timeout: Math.max(1, deadline.left()), scanLimit: 4_000 })
}

/** Null when there are more distinct tokens than UTF-16 units outside the surrogates. */
function encode(tokens: readonly string[], units: Map<string, string>): string | null {
  const encoded: string[] = []
  for (const token of tokens) {
    const known = units.get(token)
    if (known !== undefined) {
      encoded.push(known)
      continue
    }
    const code = units.size < 0xd800 ? units.size : units.size + 0x800
    if (code > 0xffff) return null
    const unit = String.fromCharCode(code)
    units.set(token, unit)
    encoded.push(unit)
  }
  return encoded.join('')
}

/** Joins ranges between which the first sequence has only blank tokens: they are easier to read as one. */
export function joinNear(ranges: readonly Range[], tokens: readonly string[]): Range[] {
  const joined: Range[] = []
  for (const { fromA, toA, fromB, toB } of ranges) {
    const last = joined.at(-1)
    const isNear = last !== undefined && tokens.slice(last.toA, fromA).every((token) => token.trim() === '')
    if (isNear) joined.splice(-1, 1, { ...last, toA, toB })
    else joined.push({ fromA, toA, fromB, toB })
  }
  return joined
}

/** Everything between the common beginning and the common end, as one range. */
function outerRange(a: readonly string[], b: readonly string[]): Range[] {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const range = { fromA: start, toA: a.length - end, fromB: start, toB: b.length - end }
  return range.fromA === range.toA && range.fromB === range.toB ? [] : [range]
}
