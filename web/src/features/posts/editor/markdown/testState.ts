import { EditorSelection, EditorState, type SelectionRange, type StateCommand } from '@codemirror/state'
import { sharedExtensions } from './sharedExtensions'

/** A state from a text with marks: `|` is a caret, `[[` and `]]` are a selection's ends. */
export function stateOf(marked: string): EditorState {
  const ranges: SelectionRange[] = []
  let doc = ''
  let start: number | null = null
  for (const part of marked.split(/(\||\[\[|\]\])/)) {
    if (part === '|') ranges.push(EditorSelection.cursor(doc.length))
    else if (part === '[[') start = doc.length
    else if (part === ']]') ranges.push(EditorSelection.range(start ?? 0, doc.length))
    else doc += part
  }
  const selection = ranges.length > 0 ? EditorSelection.create(ranges) : EditorSelection.single(0)
  return EditorState.create({ doc, selection, extensions: sharedExtensions })
}

/** The text of a state with the same marks. */
export function marked(state: EditorState): string {
  let text = state.doc.toString()
  for (const { from, to, empty } of [...state.selection.ranges].reverse()) {
    text = empty
      ? `${text.slice(0, from)}|${text.slice(from)}`
      : `${text.slice(0, from)}[[${text.slice(from, to)}]]${text.slice(to)}`
  }
  return text
}

/** The marked text after a command, or null when the command did not apply. */
export function after(command: StateCommand, text: string): string | null {
  let state = stateOf(text)
  const isDone = command({ state, dispatch: (transaction) => (state = transaction.state) })
  return isDone ? marked(state) : null
}
