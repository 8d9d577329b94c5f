/** Settings of the editor page, stored in this browser. */

export type Layout = 'split' | 'write' | 'preview'

type Preferences = { isAutosaveOn: boolean; layout: Layout }

const storageKey = 'wiredesk.editor'
const layouts: readonly Layout[] = ['split', 'write', 'preview']

const watchers = new Set<() => void>()
let current: Preferences | null = null

export function preferences(): Preferences {
  current ??= read()
  return current
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...preferences(), ...change }
  try {
    localStorage.setItem(storageKey, JSON.stringify(current))
  } catch {
    // The setting is then lost with the page.
  }
  for (const watcher of [...watchers]) watcher()
}

export function watchPreferences(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

function read(): Preferences {
  const stored = parse()
  return {
    isAutosaveOn: stored['isAutosaveOn'] !== false,
    layout: layouts.find((layout) => layout === stored['layout']) ?? 'split',
  }
}

function parse(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
