import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Field } from '../data/fields'
import type { Editing } from './editing'
import type { EditingState } from './editingState'
import type { EditorSession } from './editorSession'

/** The values that the parts of the editor share. None of them changes while the user types. */
export type EditorContextValue = {
  session: EditorSession
  editing: Editing
  /** Why nothing can be changed here; null when it can. */
  readOnlyReason: string | null
  /** The focus is in this field, or in none. */
  onFocus: (field: Field | null) => void
  /** The caret's line in the content; null without the focus. */
  onLine: (line: number | null) => void
  /** Saves, then shows refused fields and conflicts. While the user keeps typing, only the header shows them. */
  onSave: () => void
  /** Opens the conflicts. */
  onReview: () => void
}

export const EditorContext = createContext<EditorContextValue | null>(null)

export function useEditor(): EditorContextValue {
  const editor = useContext(EditorContext)
  if (editor === null) throw new Error('useEditor needs a PostEditor above it')
  return editor
}

/** A part of the editing state. The component renders again only when that part changes. */
export function useEditing<T>(select: (state: EditingState) => T): T {
  const { editing } = useEditor()
  return useSyncExternalStore(editing.watch, () => select(editing.get()))
}
