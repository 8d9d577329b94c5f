import { redo, undo } from '@codemirror/commands'
import type { StateCommand } from '@codemirror/state'
import { setHeading, toggleCode, toggleCodeBlock, toggleList, toggleQuote } from './commands/blocks'
import { bold, italic, strikethrough, toggleInline } from './commands/inline'

/** The actions of the toolbar and the shortcuts. */
export type ActionId = keyof typeof actions

type Action = { label: string; key?: string; mac?: string; command?: StateCommand }

/** Keys as CodeMirror writes them: Mod is Cmd on macOS and Ctrl elsewhere. An action without a command opens something. */
const actions = {
  undo: { label: 'Undo', key: 'Mod-z', command: undo },
  redo: { label: 'Redo', key: 'Mod-y', mac: 'Mod-Shift-z', command: redo },
  bold: { label: 'Bold', key: 'Mod-b', command: toggleInline(bold) },
  italic: { label: 'Italic', key: 'Mod-i', command: toggleInline(italic) },
  strikethrough: { label: 'Strikethrough', key: 'Mod-Shift-x', command: toggleInline(strikethrough) },
  code: { label: 'Code', key: 'Mod-e', command: toggleCode },
  link: { label: 'Link', key: 'Mod-k' },
  heading1: { label: 'Heading 1', key: 'Ctrl-Shift-1', mac: 'Cmd-Alt-1', command: setHeading(1) },
  heading2: { label: 'Heading 2', key: 'Ctrl-Shift-2', mac: 'Cmd-Alt-2', command: setHeading(2) },
  heading3: { label: 'Heading 3', key: 'Ctrl-Shift-3', mac: 'Cmd-Alt-3', command: setHeading(3) },
  heading4: { label: 'Heading 4', key: 'Ctrl-Shift-4', mac: 'Cmd-Alt-4', command: setHeading(4) },
  paragraph: { label: 'Paragraph', key: 'Ctrl-Shift-0', mac: 'Cmd-Alt-0', command: setHeading(0) },
  orderedList: { label: 'Numbered list', key: 'Mod-Shift-7', command: toggleList('ordered') },
  bulletList: { label: 'Bulleted list', key: 'Mod-Shift-8', command: toggleList('bullet') },
  taskList: { label: 'Task list', key: 'Mod-Shift-9', command: toggleList('task') },
  quote: { label: 'Quote', key: 'Mod-Shift-.', command: toggleQuote },
  codeBlock: { label: 'Code block', key: 'Mod-Shift-e', command: toggleCodeBlock },
  table: { label: 'Table', key: 'Mod-Shift-y' },
  image: { label: 'Image from URL', key: 'Mod-Shift-k' },
  find: { label: 'Find and replace', key: 'Mod-f' },
  focusMode: { label: 'Focus mode', key: 'Mod-Shift-f' },
  plainText: { label: 'Plain text mode', key: 'Mod-Alt-Shift-p' },
  help: { label: 'Keyboard shortcuts', key: 'Mod-/' },
} as const satisfies Record<string, Action>

export const actionIds = Object.keys(actions) as ActionId[]

export const actionOf = (id: ActionId): Action => actions[id]

export const isMac = (): boolean => /mac|iphone|ipad/i.test(navigator.platform)

const macSigns: Record<string, string> = { Mod: '⌘', Cmd: '⌘', Alt: '⌥', Shift: '⇧', Ctrl: '⌃' }
const names: Record<string, string> = { Mod: 'Ctrl', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc' }

/** A key as the screen shows it: "Ctrl+Shift+7" or "⌘⇧7". */
export function keyText(key: string, onMac = isMac()): string {
  const parts = key.split('-').map((part) => (part.length === 1 ? part.toUpperCase() : part))
  return onMac
    ? parts.map((part) => macSigns[part] ?? names[part] ?? part).join('')
    : parts.map((part) => names[part] ?? part).join('+')
}

/** An action's shortcut as the screen shows it, or an empty text. */
export function shortcut(id: ActionId): string {
  const { key, mac } = actionOf(id)
  const own = isMac() ? (mac ?? key) : key
  return own ? keyText(own) : ''
}
