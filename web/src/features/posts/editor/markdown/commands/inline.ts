import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import { type ChangeSpec, EditorSelection, type EditorState, type SelectionRange, type StateCommand } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'

/** The longest wait for the syntax tree of a long text, in milliseconds. */
const parseLimit = 50

type Span = { from: number; to: number }

/** An inline format: the name of its syntax node, and the marker on both sides. */
type InlineFormat = { node: string; mark: string; markNode: string }

export const bold: InlineFormat = { node: 'StrongEmphasis', mark: '**', markNode: 'EmphasisMark' }
export const italic: InlineFormat = { node: 'Emphasis', mark: '*', markNode: 'EmphasisMark' }
export const strikethrough: InlineFormat = { node: 'Strikethrough', mark: '~~', markNode: 'StrikethroughMark' }
export const inlineCode: InlineFormat = { node: 'InlineCode', mark: '`', markNode: 'CodeMark' }

const treeOf = (state: EditorState, to: number) => ensureSyntaxTree(state, to, parseLimit) ?? syntaxTree(state)

/** The innermost node of that name around a span. */
export function enclosing(state: EditorState, span: Span, ...names: string[]): SyntaxNode | null {
  const tree = treeOf(state, span.to)
  for (const side of [1, -1] as const) {
    let node: SyntaxNode | null = tree.resolveInner(side === 1 ? span.from : span.to, side)
    for (; node; node = node.parent) {
      if (names.includes(node.name) && node.from <= span.from && node.to >= span.to) return node
    }
  }
  return null
}

/** The nodes of a format that are inside a span. */
function inside(state: EditorState, span: Span, format: InlineFormat): SyntaxNode[] {
  const nodes: SyntaxNode[] = []
  treeOf(state, span.to).iterate({
    ...span,
    enter: (node) => {
      if (node.name === format.node && node.from >= span.from && node.to <= span.to) nodes.push(node.node)
    },
  })
  return nodes
}

/** Deletes a node's opening and closing marker. */
function unwrap(node: SyntaxNode, format: InlineFormat): ChangeSpec[] {
  const marks = node.getChildren(format.markNode)
  return marks.length < 2 ? [] : [marks[0], marks.at(-1)].flatMap((mark) => (mark ? [{ from: mark.from, to: mark.to }] : []))
}

const blockPrefix = /^\s*(?:>\s?)*(?:(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?|#{1,6}\s+)?/

/** The parts of a selection that a format can span: by line, without list markers, heading marks and outer spaces. */
function partsOf(state: EditorState, range: SelectionRange): Span[] {
  const parts: Span[] = []
  for (let at = range.from; at <= range.to; ) {
    const line = state.doc.lineAt(at)
    const contentFrom = line.from + (blockPrefix.exec(line.text)?.[0].length ?? 0)
    const from = Math.max(range.from, contentFrom)
    const text = state.sliceDoc(from, Math.max(from, Math.min(range.to, line.to)))
    const trimmed = text.trim()
    const start = from + text.indexOf(trimmed)
    if (trimmed !== '') parts.push({ from: start, to: start + trimmed.length })
    at = line.to + 1
  }
  return parts
}

function wrap(state: EditorState, part: Span, format: InlineFormat): ChangeSpec[] {
  const removed = inside(state, part, format).flatMap((node) => unwrap(node, format))
  const [open, close] = format === inlineCode ? codeMarks(state.sliceDoc(part.from, part.to)) : [format.mark, format.mark]
  return [...removed, { from: part.from, insert: open }, { from: part.to, insert: close }]
}

/** Backticks that no run of backticks in the text ends; with a space where the text begins or ends with one. */
function codeMarks(text: string): [string, string] {
  const runs = new Set((text.match(/`+/g) ?? []).map((run) => run.length))
  let length = 1
  while (runs.has(length)) length++
  const mark = '`'.repeat(length)
  return [text.startsWith('`') ? `${mark} ` : mark, text.endsWith('`') ? ` ${mark}` : mark]
}

/** With nothing selected: leaves or removes the markers at the caret, changes the word there, or inserts a pair. */
function toggleAtCaret(state: EditorState, range: SelectionRange, format: InlineFormat) {
  const { mark } = format
  const at = range.head
  const before = state.sliceDoc(Math.max(0, at - mark.length), at)
  const after = state.sliceDoc(at, at + mark.length)
  const node = enclosing(state, range, format.node)
  if (node && after === mark && at + mark.length === node.to) return { range: EditorSelection.cursor(node.to), changes: [] }
  if (!node && before === mark && after === mark) {
    const from = at - mark.length
    return { range: EditorSelection.cursor(from), changes: [{ from, to: at + mark.length }] }
  }
  const word = node ?? state.wordAt(at)
  if (!word || word.from === at || word.to === at) {
    if (!node) return { range: EditorSelection.cursor(at + mark.length), changes: [{ from: at, insert: mark + mark }] }
  }
  const changes = state.changes(node ? unwrap(node, format) : wrap(state, { from: word?.from ?? at, to: word?.to ?? at }, format))
  return { range: range.map(changes), changes }
}

function toggleSelected(state: EditorState, range: SelectionRange, format: InlineFormat) {
  const parts = partsOf(state, range)
  const first = parts[0]
  const last = parts.at(-1)
  if (!first || !last) return { range }
  const around = parts.map((part) => enclosing(state, part, format.node))
  const isOn = around.every((node) => node !== null)
  const specs = parts.flatMap((part, i) => {
    const node = around[i]
    if (isOn) return node && node !== around[i - 1] ? unwrap(node, format) : []
    return node ? [] : wrap(state, part, format)
  })
  const changes = state.changes(specs)
  const from = changes.mapPos(first.from, 1)
  const to = Math.max(from, changes.mapPos(last.to, -1))
  return { range: range.head < range.anchor ? EditorSelection.range(to, from) : EditorSelection.range(from, to), changes }
}

/** Adds a format to the selection, or removes it where all of the selection has it. */
export const toggleInline =
  (format: InlineFormat): StateCommand =>
  ({ state, dispatch }) => {
    if (state.readOnly) return false
    const change = state.changeByRange((range) =>
      range.empty ? toggleAtCaret(state, range, format) : toggleSelected(state, range, format),
    )
    dispatch(state.update(change, { scrollIntoView: true, userEvent: 'input.format' }))
    return true
  }
