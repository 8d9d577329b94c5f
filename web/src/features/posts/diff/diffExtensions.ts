import { EditorState, StateField, type Extension, type Text } from '@codemirror/state'
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view'
import type { Move } from './moves'
import { LineLabel, textView } from './textView'

/** Colors of compared texts. Each pair of text and background has a contrast of at least 4.5 in both schemes. */
const theme = EditorView.theme({
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { background: 'light-dark(#fdf0ee, #3a2321)' },
  '&.cm-merge-b .cm-changedLine': { background: 'light-dark(#edf7ee, #1f3325)' },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
    background: 'light-dark(#f6c3bb, #7a3a32) !important',
    borderRadius: '2px',
  },
  '&.cm-merge-b .cm-changedText': { background: 'light-dark(#b5e0bb, #33653f) !important', borderRadius: '2px' },
  '.cm-deletedChunk': { padding: '0' },
  '.cm-deletedLine del, del.cm-deletedLine, ins.cm-insertedLine': { textDecoration: 'none' },
  '&.cm-merge-a .cm-line.cm-movedLine, &.cm-merge-b .cm-line.cm-movedLine': {
    background: 'light-dark(#eef1fb, #232b42)',
  },
  '&.cm-merge-a .cm-movedLine .cm-changedText, &.cm-merge-b .cm-movedLine .cm-changedText': {
    background: 'none !important',
  },
  '.cm-moveLabel': {
    color: 'light-dark(#3a4a8c, #b9c6f5)',
    background: 'light-dark(#eef1fb, #232b42)',
  },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: 'none !important' },
  '.cm-collapsedLines': {
    padding: '0.3rem 0.75rem',
    textAlign: 'center',
    fontFamily: 'var(--mantine-font-family)',
    fontSize: 'var(--mantine-font-size-xs)',
    color: 'var(--mantine-color-dimmed) !important',
    background: 'var(--mantine-color-body) !important',
  },
})

/** A text that can be read, focused and searched, and not changed. */
export const readOnlyText = (label: string): Extension => [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  textView(label, { 'aria-readonly': 'true', dir: 'auto' }),
  theme,
]

/** Marks the moved blocks of one side, with a line above each that names the direction. */
export function movedBlocks(moves: readonly Move[], side: 'a' | 'b'): Extension {
  return StateField.define<DecorationSet>({
    create: (state) => decorate(state.doc, moves, side),
    update: (decorations, { changes }) => decorations.map(changes),
    provide: (field) => EditorView.decorations.from(field),
  })
}

function decorate(doc: Text, moves: readonly Move[], side: 'a' | 'b'): DecorationSet {
  const ranges = moves.flatMap((move) => {
    const [from, to] = side === 'a' ? [move.fromA, move.toA] : [move.fromB, move.toB]
    const label = Decoration.widget({ widget: new LineLabel(labelOf(move, side), 'cm-moveLabel'), block: true, side: -1 })
    const lines = Array.from({ length: to - from }, (_, index) => doc.line(from + index + 1).from)
    return [label.range(doc.line(from + 1).from), ...lines.map((start) => movedLine.range(start))]
  })
  return Decoration.set(ranges, true)
}

const movedLine = Decoration.line({ class: 'cm-movedLine' })

function labelOf({ fromA, toA, fromB }: Move, side: 'a' | 'b'): string {
  const lines = toA - fromA === 1 ? 'This paragraph' : `These ${toA - fromA} lines`
  if (side === 'a') return `${lines} moved to line ${fromB + 1}`
  return `${lines} moved here from line ${fromA + 1}`
}
