/** Two texts beside each other, line by line, with the changed words marked. */
import { diffLines, diffWordsWithSpace } from 'diff'

export type Part = { text: string; isChanged: boolean }

export type DiffRow =
  | { kind: 'same'; text: string }
  | { kind: 'changed'; left: Part[] | null; right: Part[] | null }
  | { kind: 'skipped'; lines: number }

/** So many unchanged lines are shown around a change. */
const context = 2

/** After so long, in milliseconds, the texts count as wholly different: the page must not hang on them. */
const patience = 500

const longLine = 10_000

export function lineDiff(left: string, right: string): DiffRow[] {
  const chunks = diffLines(`${left}\n`, `${right}\n`, { timeout: patience }) ?? [
    { removed: true, added: false, value: `${left}\n` },
    { removed: false, added: true, value: `${right}\n` },
  ]
  const rows: DiffRow[] = []
  for (const [index, { value, added, removed }] of chunks.entries()) {
    const after = chunks[index + 1]
    if (removed) rows.push(...pairs(linesOf(value), after?.added ? linesOf(after.value) : []))
    else if (!added) rows.push(...shorten(linesOf(value), index === 0, after === undefined))
    else if (!chunks[index - 1]?.removed) rows.push(...pairs([], linesOf(value)))
  }
  return rows
}

const linesOf = (value: string) => value.slice(0, -1).split('\n')

function pairs(left: string[], right: string[]): DiffRow[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => pair(left[i], right[i]))
}

function pair(left: string | undefined, right: string | undefined): DiffRow {
  const whole = (text: string | undefined) => (text === undefined ? null : [{ text, isChanged: true }])
  const isLong = (left?.length ?? 0) + (right?.length ?? 0) > longLine
  if (left === undefined || right === undefined || isLong) return { kind: 'changed', left: whole(left), right: whole(right) }
  const words = diffWordsWithSpace(left, right)
  const side = (other: 'added' | 'removed') =>
    words.filter((word) => !word[other]).map(({ value, added, removed }) => ({ text: value, isChanged: added || removed }))
  return { kind: 'changed', left: side('added'), right: side('removed') }
}

function shorten(lines: string[], isFirst: boolean, isLast: boolean): DiffRow[] {
  const head = isFirst ? 0 : context
  const tail = isLast ? 0 : context
  const skipped = lines.length - head - tail
  const same = (text: string): DiffRow => ({ kind: 'same', text })
  if (skipped < 2) return lines.map(same)
  return [
    ...lines.slice(0, head).map(same),
    { kind: 'skipped', lines: skipped },
    ...lines.slice(lines.length - tail).map(same),
  ]
}
