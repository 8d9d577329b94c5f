import { copyLineDown, copyLineUp, moveLineDown, moveLineUp, simplifySelection, standardKeymap } from '@codemirror/commands'
import { deleteMarkupBackward, insertNewlineContinueMarkupCommand } from '@codemirror/lang-markdown'
import { findNext, findPrevious, gotoLine, searchKeymap, selectNextOccurrence } from '@codemirror/search'
import type { Extension } from '@codemirror/state'
import { type KeyBinding, keymap } from '@codemirror/view'
import { actionIds, actionOf } from './actions'
import { indentItems, outdentItems } from './commands/listIndent'
import type { EditorEvents } from './surface'

export const continueList = insertNewlineContinueMarkupCommand({ nonTightLists: false })

const lists: KeyBinding[] = [
  { key: 'Enter', run: continueList },
  { key: 'Backspace', run: deleteMarkupBackward },
  { key: 'Tab', run: indentItems, shift: outdentItems },
]

const lines: KeyBinding[] = [
  { key: 'Alt-ArrowUp', run: moveLineUp },
  { key: 'Alt-ArrowDown', run: moveLineDown },
  { key: 'Shift-Alt-ArrowUp', run: copyLineUp },
  { key: 'Shift-Alt-ArrowDown', run: copyLineDown },
  { key: 'Escape', run: simplifySelection },
]

const search: KeyBinding[] = [
  { key: 'F3', run: findNext, shift: findPrevious, scope: 'editor search-panel', preventDefault: true },
  { key: 'Mod-d', run: selectNextOccurrence, preventDefault: true },
  { key: 'Mod-Alt-g', run: gotoLine },
]

function actionKeys({ onAction, onSave }: EditorEvents): KeyBinding[] {
  const bindings = actionIds.flatMap((id): KeyBinding[] => {
    const { key, mac } = actionOf(id)
    const run = () => {
      onAction(id)
      return true
    }
    return key === undefined ? [] : [{ key, run, preventDefault: true, ...(mac !== undefined && { mac }) }]
  })
  const save = () => {
    onSave()
    return true
  }
  return [
    ...bindings,
    { linux: 'Ctrl-Shift-z', run: () => (onAction('redo'), true), preventDefault: true },
    { key: 'F1', run: () => (onAction('help'), true), preventDefault: true },
    { key: 'Mod-s', run: save, preventDefault: true },
  ]
}

/** All keys of the editor; own actions have precedence over the defaults. */
export const editorKeys = (events: EditorEvents): Extension =>
  keymap.of([...actionKeys(events), ...lists, ...search, ...searchKeymap, ...lines, ...standardKeymap])
