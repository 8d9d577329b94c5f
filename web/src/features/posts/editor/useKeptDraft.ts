import { useEffect, useState } from 'react'
import { pack } from './draft'
import type { Editing } from './editing'
import { keepDraft } from './keptDrafts'

/** Typing is kept at most this often, in milliseconds, and once more when the page goes. */
const keepEvery = 400

/** Keeps the unsaved text in this browser. False while the browser refuses to. */
export function useKeptDraft(editing: Editing, key: string): boolean {
  const [isKept, setIsKept] = useState(true)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const keep = () => {
      clearTimeout(timer)
      timer = undefined
      setIsKept(keepDraft(key, pack(editing.get().draft, Date.now())))
    }
    const unwatch = editing.watch(() => (timer ??= setTimeout(keep, keepEvery)))
    const flush = () => timer !== undefined && keep()
    window.addEventListener('pagehide', flush)
    document.addEventListener('visibilitychange', flush)
    return () => {
      unwatch()
      window.removeEventListener('pagehide', flush)
      document.removeEventListener('visibilitychange', flush)
      flush()
    }
  }, [editing, key])
  return isKept
}
