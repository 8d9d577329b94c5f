import { history, historyField } from '@codemirror/commands'
import { EditorState, type Extension } from '@codemirror/state'
import { markdownSupport } from './language'
import { phrases } from './phrases'

/** What both surfaces have: the language, the undo history and several selections. */
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

/** A state with a text, and with what was saved if that was of the same text. */
export function openState(doc: string, extensions: Extension, saved: SavedState | null): EditorState {
  return saved?.doc === doc ? EditorState.fromJSON(saved.json, { extensions }, fields) : EditorState.create({ doc, extensions })
}
