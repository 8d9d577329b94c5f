import { deleteMarkupBackward } from '@codemirror/lang-markdown'
import type { StateCommand } from '@codemirror/state'
import { type ActionId, actionIds, actionOf, isMac } from './actions'
import { indentItems, outdentItems } from './commands/listIndent'
import { continueList } from './keys'

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

const codes: Record<string, string> = { '.': 'Period', '/': 'Slash' }
/** Actions that the browser has for text areas. */
const browserActions: readonly ActionId[] = ['find']

/** Whether a key event is a shortcut as CodeMirror writes it. Digits and signs are compared by their key's place too. */
export function isKey(event: Key, shortcut: string, onMac: boolean): boolean {
  const parts = shortcut.split('-')
  const name = parts.pop() ?? ''
  const wants = (part: string) => parts.includes(part)
  const ctrl = wants('Ctrl') || (!onMac && wants('Mod'))
  const meta = wants('Cmd') || (onMac && wants('Mod'))
  if (event.ctrlKey !== ctrl || event.metaKey !== meta || event.altKey !== wants('Alt')) return false
  if (event.shiftKey !== wants('Shift') && name !== '/') return false
  return event.key.toLowerCase() === name.toLowerCase() || event.code === (codes[name] ?? `Digit${name}`)
}

/** The action of a key in plain text mode. */
export function actionFor(event: Key, onMac = isMac()): ActionId | null {
  if (event.key === 'F1') return 'help'
  if (!onMac && isKey(event, 'Ctrl-Shift-z', onMac)) return 'redo'
  const isPressed = (id: ActionId) => {
    const { key, mac } = actionOf(id)
    const own = onMac ? (mac ?? key) : key
    return own !== undefined && !browserActions.includes(id) && isKey(event, own, onMac)
  }
  return actionIds.find(isPressed) ?? null
}

/** The command of an editing key, or null for the browser's default. */
export function commandFor({ key, shiftKey, ctrlKey, metaKey, altKey }: Key): StateCommand | null {
  if (ctrlKey || metaKey || altKey) return null
  if (key === 'Tab') return shiftKey ? outdentItems : indentItems
  if (shiftKey) return null
  return key === 'Enter' ? continueList : key === 'Backspace' ? deleteMarkupBackward : null
}
