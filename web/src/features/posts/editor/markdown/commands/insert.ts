import { EditorSelection, type EditorState, type StateCommand, type TransactionSpec } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { enclosing } from './inline'

export type LinkTarget = { text: string; url: string }

/** A link's or image's text and address. */
function read(state: EditorState, node: SyntaxNode): LinkTarget {
  const url = node.getChild('URL')
  const [, close] = node.getChildren('LinkMark')
  const start = node.getChild('LinkMark')
  const text = start && close ? state.sliceDoc(start.to, close.from) : ''
  return { text, url: url ? state.sliceDoc(url.from, url.to).replace(/^<|>$/g, '') : '' }
}

/** The initial values of the dialog for a link or an image: those at the caret, or the selected text. */
export function targetAt(state: EditorState, kind: 'Link' | 'Image'): LinkTarget & { isExisting: boolean } {
  const { main } = state.selection
  const node = enclosing(state, main, kind)
  if (node) return { ...read(state, node), isExisting: true }
  const selected = state.sliceDoc(main.from, main.to).replace(/\s*\n\s*/g, ' ')
  return /^https?:\/\/\S+$/.test(selected)
    ? { text: '', url: selected, isExisting: false }
    : { text: selected, url: '', isExisting: false }
}

/** An address as Markdown takes it between parentheses. */
export function destination(url: string): string {
  const clean = url.trim().replace(/[<>\n]/g, (c) => encodeURIComponent(c))
  return /[\s()]/.test(clean) ? `<${clean}>` : clean
}

const label = (text: string) => text.replace(/\s*\n\s*/g, ' ').replace(/(?<!\\)[[\]]/g, '\\$&')

function replaceAt(state: EditorState, kind: 'Link' | 'Image', insert: string): TransactionSpec {
  const { main } = state.selection
  const { from, to } = enclosing(state, main, kind) ?? main
  return {
    changes: { from, to, insert },
    selection: EditorSelection.cursor(from + insert.length),
    scrollIntoView: true,
    userEvent: 'input.format',
  }
}

/** Inserts a link in place of the selection, or changes the one at the caret. */
export const setLink =
  ({ text, url }: LinkTarget): StateCommand =>
  ({ state, dispatch }) => {
    if (state.readOnly) return false
    dispatch(state.update(replaceAt(state, 'Link', `[${label(text) || url.trim()}](${destination(url)})`)))
    return true
  }

/** Removes the link at the caret and keeps its text. */
export const removeLink: StateCommand = ({ state, dispatch }) => {
  const node = enclosing(state, state.selection.main, 'Link')
  if (state.readOnly || !node) return false
  dispatch(state.update(replaceAt(state, 'Link', read(state, node).text)))
  return true
}

export const setImage =
  ({ text, url }: LinkTarget): StateCommand =>
  ({ state, dispatch }) => {
    if (state.readOnly) return false
    dispatch(state.update(replaceAt(state, 'Image', `![${label(text)}](${destination(url)})`)))
    return true
  }

/** Puts a block behind the selection's last line, with the blank lines that separate it. */
function insertBlock(state: EditorState, block: string, selectFrom: number, selectTo: number): TransactionSpec {
  const line = state.doc.lineAt(state.selection.main.to)
  const isBlank = line.text.trim() === ''
  const isBlankBefore = line.number === 1 || state.doc.line(line.number - 1).text.trim() === ''
  const isBlankAfter = line.number === state.doc.lines || state.doc.line(line.number + 1).text.trim() === ''
  const lead = isBlank ? (isBlankBefore ? '' : '\n') : '\n\n'
  const from = isBlank ? line.from : line.to
  const start = from + lead.length
  return {
    changes: { from, to: line.to, insert: `${lead}${block}${isBlankAfter ? '' : '\n'}` },
    selection: EditorSelection.single(start + selectFrom, start + selectTo),
    scrollIntoView: true,
    userEvent: 'input.format',
  }
}

/** Inserts a table with a head and that many rows below it, and selects its first cell. */
export const insertTable =
  (columns: number, rows: number): StateCommand =>
  ({ state, dispatch }) => {
    if (state.readOnly) return false
    const row = (cell: (column: number) => string) => `| ${Array.from({ length: columns }, (_, i) => cell(i)).join(' | ')} |`
    const head = row((i) => `Column ${i + 1}`)
    const rule = row(() => '---')
    const body = Array.from({ length: rows }, () => row(() => ' '.repeat(3)))
    dispatch(state.update(insertBlock(state, [head, rule, ...body].join('\n'), 2, 2 + 'Column 1'.length)))
    return true
  }
