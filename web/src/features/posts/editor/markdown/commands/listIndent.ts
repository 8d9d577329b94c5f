import type { ChangeSpec, EditorState, Line, StateCommand } from '@codemirror/state'
import { selectedLines } from './blocks'

const item = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)/

type Item = { indent: number; content: number }

/** A list item's indentation and the column where its text starts. */
function itemOf(text: string): Item | null {
  const match = item.exec(text)
  if (!match) return null
  const [, indent = '', mark = '', space = ''] = match
  const columns = indent.replaceAll('\t', '    ').length
  return { indent: columns, content: columns + mark.length + Math.max(1, Math.min(space.length, 4)) }
}

const indentOf = (text: string) => (/^\s*/.exec(text)?.[0] ?? '').replaceAll('\t', '    ').length

/** The item that a line belongs to: itself, or the nearest above that the line is indented under. */
function itemAbove(state: EditorState, line: Line, isWanted: (item: Item) => boolean): Item | null {
  for (let n = line.number; n >= 1; n--) {
    const { text } = state.doc.line(n)
    const found = itemOf(text)
    if (found && isWanted(found)) return found
    if (text.trim() !== '' && indentOf(text) === 0 && !found) return null
  }
  return null
}

/** Whether a line is an item of a list, or text that continues one. */
const isInList = (state: EditorState, line: Line) =>
  itemOf(line.text) !== null ||
  (indentOf(line.text) > 0 && itemAbove(state, line, ({ content }) => content <= indentOf(line.text)) !== null)

/** The first line's new indentation: under the item before it, or as its parent. Null where there is none. */
function target(state: EditorState, line: Line, isIn: boolean): number | null {
  const own = indentOf(line.text)
  const above = line.number > 1 ? state.doc.line(line.number - 1) : null
  if (isIn) return (above && itemAbove(state, above, ({ indent }) => indent <= own && indent >= 0)?.content) ?? null
  if (own === 0) return null
  return (above && itemAbove(state, above, ({ indent }) => indent < own)?.indent) ?? 0
}

/** The selected items with their nested lines, so that a list keeps its structure. */
function wholeItems(state: EditorState): Line[] {
  const lines = selectedLines(state)
  const last = lines.at(-1)
  const first = lines[0]
  if (!first || !last) return []
  const own = Math.min(...lines.filter(({ text }) => text.trim() !== '').map(({ text }) => indentOf(text)))
  for (let n = last.number + 1; n <= state.doc.lines; n++) {
    const line = state.doc.line(n)
    if (line.text.trim() !== '' && indentOf(line.text) <= own) break
    lines.push(line)
  }
  return lines
}

function shift(lines: readonly Line[], by: number): ChangeSpec[] {
  return lines.flatMap((line): ChangeSpec[] => {
    if (line.text.trim() === '') return []
    const white = /^\s*/.exec(line.text)?.[0].length ?? 0
    return [{ from: line.from, to: line.from + white, insert: ' '.repeat(Math.max(0, indentOf(line.text) + by)) }]
  })
}

/**
 * Tab and Shift-Tab in lists. Outside lists they return false, so that the browser moves the focus; in a list they always
 * return true, even where an item can't be moved.
 */
const moveItems =
  (isIn: boolean): StateCommand =>
  ({ state, dispatch }) => {
    const lines = selectedLines(state)
    const [first] = lines
    if (state.readOnly || !first || !lines.every((line) => line.text.trim() === '' || isInList(state, line))) return false
    if (first.text.trim() === '') return false
    const to = target(state, first, isIn)
    const by = to === null ? 0 : to - indentOf(first.text)
    if (isIn ? by > 0 : by < 0) {
      const changes = state.changes(shift(wholeItems(state), by))
      dispatch(state.update({ changes, selection: state.selection.map(changes, 1), userEvent: 'input.indent' }))
    }
    return true
  }

export const indentItems = moveItems(true)
export const outdentItems = moveItems(false)
