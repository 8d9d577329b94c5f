import { type ChangeSpec, EditorSelection, type EditorState, type Line, type StateCommand, type TransactionSpec } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { enclosing, inlineCode, toggleInline } from './inline'

/** The lines that the selections touch, each once, in order. A selection that ends at a line's start leaves that line out. */
export function selectedLines(state: EditorState): Line[] {
  const lines = new Map<number, Line>()
  for (const { from, to, empty } of state.selection.ranges) {
    for (let at = from; at <= to; ) {
      const line = state.doc.lineAt(at)
      if (empty || line.from < to || line.from === from) lines.set(line.number, line)
      at = line.to + 1
    }
  }
  return [...lines.values()].sort((a, b) => a.number - b.number)
}

/** The lines with text, or the one blank line that is selected alone. */
function textLines(state: EditorState): Line[] {
  const lines = selectedLines(state)
  const written = lines.filter(({ text }) => text.trim() !== '')
  return written.length > 0 ? written : lines.slice(0, 1)
}

/** Changes the lines' starts. A caret at the place of an insertion goes behind it, so that typing continues there. */
function changeLines(state: EditorState, specs: ChangeSpec[]): TransactionSpec {
  const changes = state.changes(specs)
  return { changes, selection: state.selection.map(changes, 1), scrollIntoView: true, userEvent: 'input.format' }
}

const quotePrefix = /^(?:\s{0,3}>\s?)*/
const headingMark = /^#{1,6}(?:\s+|$)/

/** Replaces the start of a line, behind its quote marks, where `pattern` matches. */
function replacePrefix(line: Line, pattern: RegExp, insert: (match: string) => string): ChangeSpec[] {
  const from = quotePrefix.exec(line.text)?.[0].length ?? 0
  const match = pattern.exec(line.text.slice(from))?.[0] ?? ''
  const text = insert(match)
  return text === match ? [] : [{ from: line.from + from, to: line.from + from + match.length, insert: text }]
}

const afterQuote = (line: Line) => line.text.slice(quotePrefix.exec(line.text)?.[0].length ?? 0)

/** Makes the selected lines headings of a level (0: none), or text again where they have that level. */
export const setHeading =
  (level: number): StateCommand =>
  ({ state, dispatch }) => {
    if (state.readOnly) return false
    const lines = textLines(state)
    const mark = level === 0 ? '' : `${'#'.repeat(level)} `
    const isSet = lines.every((line) => headingMark.exec(afterQuote(line))?.[0].trim().length === level)
    const changes = lines.flatMap((line) => replacePrefix(line, headingMark, () => (isSet ? '' : mark)))
    dispatch(state.update(changeLines(state, changes)))
    return true
  }

type ListKind = 'bullet' | 'ordered' | 'task'

const listMark = /^(\s*)(?:([-*+])\s+(\[[ xX]\]\s+)?|(\d{1,9})[.)]\s+)?/

function kindOf(line: Line): ListKind | null {
  const [, , bullet, box, number] = listMark.exec(afterQuote(line)) ?? []
  if (number !== undefined) return 'ordered'
  return bullet === undefined ? null : box === undefined ? 'bullet' : 'task'
}

/** The number of the first item: one after the item in the line before, if that is at the same indentation. */
function firstNumber(state: EditorState, line: Line, indent: string): number {
  if (line.number === 1) return 1
  const [, before, , , number] = listMark.exec(afterQuote(state.doc.line(line.number - 1))) ?? []
  return number !== undefined && before === indent ? Number(number) + 1 : 1
}

/** Makes the selected lines items of a list, or text again where all are items of that kind. */
export const toggleList =
  (kind: ListKind): StateCommand =>
  ({ state, dispatch }) => {
    if (state.readOnly) return false
    const lines = textLines(state)
    const isSet = lines.every((line) => kindOf(line) === kind)
    const numbers = new Map<string, number>()
    const markOf = (line: Line, indent: string) => {
      if (kind !== 'ordered') return kind === 'task' ? '- [ ] ' : '- '
      const number = numbers.get(indent) ?? firstNumber(state, line, indent)
      numbers.set(indent, number + 1)
      return `${number}. `
    }
    const changes = lines.flatMap((line) =>
      replacePrefix(line, listMark, (match) => {
        const indent = /^\s*/.exec(match)?.[0] ?? ''
        return isSet ? indent : indent + markOf(line, indent)
      }),
    )
    dispatch(state.update(changeLines(state, changes)))
    return true
  }

/** Adds one level of quotation to the selected lines, or removes one where all have it. */
export const toggleQuote: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false
  const lines = selectedLines(state)
  const isSet = lines.every(({ text }) => text.startsWith('>'))
  const changes = lines.map((line): ChangeSpec => {
    if (!isSet) return { from: line.from, insert: line.text === '' && lines.length > 1 ? '>' : '> ' }
    return { from: line.from, to: line.from + (line.text[1] === ' ' ? 2 : 1) }
  })
  dispatch(state.update(changeLines(state, changes)))
  return true
}

/** Deletes the fences of a code block and keeps its text. */
function removeFences(state: EditorState, block: SyntaxNode): TransactionSpec {
  const first = state.doc.lineAt(block.from)
  const last = state.doc.lineAt(block.to)
  const isClosed = last.number > first.number && /^\s*(`{3,}|~{3,})\s*$/.test(last.text)
  const changes: ChangeSpec[] = [{ from: first.from, to: Math.min(first.to + 1, state.doc.length) }]
  if (isClosed) changes.push({ from: Math.max(last.from - 1, first.to + 1), to: last.to })
  return { changes, scrollIntoView: true, userEvent: 'input.format' }
}

function addFences(state: EditorState): TransactionSpec {
  const lines = selectedLines(state)
  const first = lines[0] ?? state.doc.line(1)
  const last = lines.at(-1) ?? first
  const runs = state.sliceDoc(first.from, last.to).match(/`{3,}/g) ?? []
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)))
  const changes = state.changes([
    { from: first.from, insert: `${fence}\n` },
    { from: last.to, insert: `\n${fence}` },
  ])
  const selection = state.selection.main
  const at = (position: number) => position + fence.length + 1
  return {
    changes,
    selection: EditorSelection.single(at(selection.anchor), at(selection.head)),
    scrollIntoView: true,
    userEvent: 'input.format',
  }
}

/** Puts the selected lines into a fenced code block, or takes them out of theirs. */
export const toggleCodeBlock: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false
  const block = enclosing(state, state.selection.main, 'FencedCode')
  dispatch(state.update(block ? removeFences(state, block) : addFences(state)))
  return true
}

/** Inline code for a selection within one line, a code block for one of several lines. */
export const toggleCode: StateCommand = (target) => {
  const { main } = target.state.selection
  const isOneLine = target.state.doc.lineAt(main.from).to >= main.to
  return (isOneLine ? toggleInline(inlineCode) : toggleCodeBlock)(target)
}
