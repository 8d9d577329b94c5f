import { type Extension, RangeSetBuilder, type EditorState } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'

const active = Decoration.line({ class: 'cm-activeParagraph' })
/** The most lines of one paragraph that are searched in each direction. */
const maxLines = 500

/** The numbers of the first and last line of the paragraph at a position. */
function paragraphAt(state: EditorState, at: number): [number, number] {
  const { number } = state.doc.lineAt(at)
  const isText = (n: number) => n >= 1 && n <= state.doc.lines && state.doc.line(n).text.trim() !== ''
  if (!isText(number)) return [number, number]
  let first = number
  while (number - first < maxLines && isText(first - 1)) first--
  let last = number
  while (last - number < maxLines && isText(last + 1)) last++
  return [first, last]
}

function activeLines(state: EditorState): DecorationSet {
  const marks = new RangeSetBuilder<Decoration>()
  const [first, last] = paragraphAt(state, state.selection.main.head)
  for (let n = first; n <= last; n++) {
    const { from } = state.doc.line(n)
    marks.add(from, from, active)
  }
  return marks.finish()
}

/** Dims all but the paragraph of the caret. */
export const focusMode: Extension = [
  EditorView.editorAttributes.of({ class: 'cm-focusMode' }),
  ViewPlugin.fromClass(
    class {
      lines: DecorationSet

      constructor(view: EditorView) {
        this.lines = activeLines(view.state)
      }

      update(update: ViewUpdate): void {
        if (update.docChanged || update.selectionSet) this.lines = activeLines(update.state)
      }
    },
    { decorations: (plugin) => plugin.lines },
  ),
]
