import { history } from '@codemirror/commands'
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
