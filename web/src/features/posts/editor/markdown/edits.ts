/** Replaces the characters from `from` to `to` of a text by `insert`. */
export type Edit = { from: number; to: number; insert: string }

/** The one edit that turns `before` into `after`: everything between their common start and their common end. */
export function middleEdit(before: string, after: string): Edit {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++
  if (isLowSurrogate(before, start) || isLowSurrogate(after, start)) start--
  let end = 0
  while (end < most - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)) end++
  if (end > 0 && (isLowSurrogate(before, before.length - end) || isLowSurrogate(after, after.length - end))) end--
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) }
}

/** Whether the character at `at` is the second half of a pair, which no edit may split. */
function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}

/**
 * Moves an insertion of whole lines from the start of a line to the end of the line before it. The text is the same
 * afterwards, and a caret at the start of the line stays with its line.
 */
export function slideInsertion(edit: Edit, before: string): Edit {
  const { from, to, insert } = edit
  if (from !== to || from === 0 || !insert.endsWith('\n') || before[from - 1] !== '\n') return edit
  return { from: from - 1, to: from - 1, insert: `\n${insert.slice(0, -1)}` }
}
