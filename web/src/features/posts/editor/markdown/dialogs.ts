import type { EditorState } from '@codemirror/state'
import type { ActionId } from './actions'
import { type LinkTarget, targetAt } from './commands/insert'

/** A dialog of the toolbar and the initial values of its fields. */
export type DialogStart =
  | { kind: 'link' | 'image'; start: LinkTarget; isExisting: boolean }
  | { kind: 'table' }

export function dialogStart(action: ActionId, state: EditorState): DialogStart | null {
  if (action === 'table') return { kind: 'table' }
  if (action !== 'link' && action !== 'image') return null
  const { isExisting, ...start } = targetAt(state, action === 'link' ? 'Link' : 'Image')
  return { kind: action, start, isExisting }
}
