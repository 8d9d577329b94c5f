import { history, historyField } from '@codemirror/commands'
import { EditorState, type Extension } from '@codemirror/state'
import { markdownSupport } from './language'
import { phrases } from './phrases'

/** The extensions of both surfaces: the language, the undo history and several selections. */
export const sharedExtensions: Extension = [
  history(),
  markdownSupport,
  phrases,
  EditorState.allowMultipleSelections.of(true),
  EditorState.tabSize.of(4),
]

/** A document with its selection and undo history, for another surface on the same source. */
export type SavedState = { doc: string; json: unknown }

const fields = { history: historyField }

export const saveState = (state: EditorState): SavedState => ({ doc: state.doc.toString(), json: state.toJSON(fields) })

/** A state with a text, and with the saved selection and history if they belong to the same text. */
export function openState(doc: string, extensions: Extension, saved: SavedState | null): EditorState {
  return saved?.doc === doc ? EditorState.fromJSON(saved.json, { extensions }, fields) : EditorState.create({ doc, extensions })
}
