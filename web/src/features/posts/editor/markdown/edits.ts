import { isLowSurrogate } from '../../data/lineEdits'
import type { TextEdit } from '../../data/textEdits'

/**
 * The one edit that turns `before` into `after`: everything between their common start and their common end. It splits
 * no surrogate pair.
 */
export function middleEdit(before: string, after: string): TextEdit {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++
  if (isLowSurrogate(before.charCodeAt(start)) || isLowSurrogate(after.charCodeAt(start))) start--
  let end = 0
  while (end < shorter - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)) end++
  if (end > 0 && (isLowSurrogate(before.charCodeAt(before.length - end)) || isLowSurrogate(after.charCodeAt(after.length - end)))) end--
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) }
}

/**
 * Moves an insertion of whole lines from the start of a line to the end of the line before it. The text is the same
 * afterwards, and a caret at the start of the line stays with its line.
 */
export function slideInsertion(edit: TextEdit, before: string): TextEdit {
  const { from, to, insert } = edit
  if (from !== to || from === 0 || !insert.endsWith('\n') || before[from - 1] !== '\n') return edit
  return { from: from - 1, to: from - 1, insert: `\n${insert.slice(0, -1)}` }
}
