/**
 * Compares two Markdown texts for display. Lines are matched first, then the lines of each changed region are paired
 * by their common words, then each pair is compared by words. A block of lines that was deleted in one place and
 * inserted unchanged in another is reported as a move.
 */
import { alignLines } from './alignLines'
import { findMoves, type Move } from './moves'
import { deadlineIn, diffTokens, joinNear, wordsOf, type Deadline, type Range } from './tokenDiff'

/** `changes` are in UTF-16 offsets, `moves` in line numbers from 0. */
type TextDiff = { changes: Range[]; moves: Move[] }

/** A comparison falls back to whole lines after this many milliseconds. */
const budget = 300

export function diffText(a: string, b: string): TextDiff {
  const deadline = deadlineIn(budget)
  const before = new Lines(a)
  const after = new Lines(b)
  const changes: Range[] = []
  const unmatched: Range[] = []
  for (const region of joinNear(diffTokens(before.lines, after.lines, deadline), before.lines)) {
    for (const part of alignLines(before.lines, after.lines, region, deadline)) {
      if (!part.isPair) unmatched.push(part)
      changes.push(...(part.isPair ? wordChanges(before, after, part, deadline) : [blockChange(before, after, part)]))
    }
  }
  return { changes, moves: findMoves(before.lines, after.lines, unmatched) }
}

class Lines {
  readonly lines: string[]
  /** The offset at which each line starts, and after the last line the text's length + 1. */
  private readonly starts: number[] = [0]

  constructor(text: string) {
    this.lines = text.split('\n')
    let offset = 0
    for (const line of this.lines) this.starts.push((offset += line.length + 1))
  }

  start(line: number): number {
    return this.starts[line] ?? 0
  }

  get length(): number {
    return this.start(this.lines.length) - 1
  }
}

function wordChanges(before: Lines, after: Lines, { fromA, fromB }: Range, deadline: Deadline): Range[] {
  const wordsA = wordsOf(before.lines[fromA] ?? '')
  const wordsB = wordsOf(after.lines[fromB] ?? '')
  const offsetsA = offsets(wordsA, before.start(fromA))
  const offsetsB = offsets(wordsB, after.start(fromB))
  return diffTokens(wordsA, wordsB, deadline).map((range) => ({
    fromA: offsetsA[range.fromA] ?? 0,
    toA: offsetsA[range.toA] ?? 0,
    fromB: offsetsB[range.fromB] ?? 0,
    toB: offsetsB[range.toB] ?? 0,
  }))
}

function offsets(words: readonly string[], start: number): number[] {
  const result = [start]
  let offset = start
  for (const word of words) result.push((offset += word.length))
  return result
}

/** Whole lines with their line breaks; at the end of the texts the break before them belongs to the change. */
function blockChange(before: Lines, after: Lines, { fromA, toA, fromB, toB }: Range): Range {
  const isEnd = toA === before.lines.length && toB === after.lines.length
  const isStart = fromA === 0 && fromB === 0
  const shift = isEnd && !isStart ? 1 : 0
  return {
    fromA: before.start(fromA) - shift,
    toA: Math.min(before.start(toA), before.length),
    fromB: after.start(fromB) - shift,
    toB: Math.min(after.start(toB), after.length),
  }
}
