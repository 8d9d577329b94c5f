import type { EditorState, StateCommand } from '@codemirror/state'
import type { ActionId } from './actions'

/** Another user and the line of their caret, counted from 1. */
export type Person = { name: string; line: number }

/** The events of an editor. */
export type EditorEvents = {
  onAction: (id: ActionId) => void
  onSave: () => void
  /** The caret's line, at most once a second; null when the editor loses the focus. */
  onLine: (line: number | null) => void
  /** The first visible line, with the part of it that is scrolled out of view. */
  onScrollLine: (line: number) => void
  onFocus: () => void
  onBlur: () => void
  /** A message for the user, for example that a paste left images out. */
  onMessage: (message: string) => void
}

export type SurfaceSettings = {
  readOnly: boolean
  focusMode: boolean
  people: readonly Person[]
  /** Attributes of the element that has the focus; an empty value removes one. */
  attributes: Readonly<Record<string, string>>
}

/** One way to edit the text: CodeMirror, or a text area. */
export type Surface = {
  state: () => EditorState
  run: (command: StateCommand) => void
  focus: () => void
  /** Opens find and replace, where the surface has its own. */
  find: () => void
  goToLine: (line: number) => void
  scrollToLine: (line: number) => void
  configure: (settings: SurfaceSettings) => void
  destroy: () => void
}
