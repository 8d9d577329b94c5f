import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { conflictedFields } from './draft'
import { useEditor } from './EditorContext'
import type { Editing } from './editing'
import { onTraverse, traverseTo } from './historyGuard'
import { preferences } from './preferences'

/** The destination of a navigation: a link's, or that of the back or forward button. */
type Destination = { to: string } | { entry: string }

type Guard = { isAsking: boolean; stay: () => void; leave: () => void }

/**
 * Asks before a link, the back button or the closing of the page leaves text that autosave does not send. (React
 * Router's own blocker needs its data router.)
 */
export function useLeaveGuard(): Guard {
  const { editing } = useEditor()
  const navigate = useNavigate()
  const [destination, setDestination] = useState<Destination | null>(null)
  const isLeaving = useRef(false)

  useEffect(() => {
    const onClose = (event: BeforeUnloadEvent) => {
      if (isAtRisk(editing) || isTooLong(editing)) event.preventDefault()
    }
    const onClick = (event: MouseEvent) => {
      const to = inPageTarget(event)
      if (to === null || !isAtRisk(editing)) return
      event.preventDefault()
      event.stopPropagation()
      setDestination({ to })
    }
    const endTraverse = onTraverse((entry) => {
      if (isLeaving.current || !isAtRisk(editing)) return true
      setDestination({ entry })
      return false
    })
    window.addEventListener('beforeunload', onClose)
    document.addEventListener('click', onClick, true)
    return () => {
      endTraverse()
      window.removeEventListener('beforeunload', onClose)
      document.removeEventListener('click', onClick, true)
    }
  }, [editing])

  const leave = () => {
    if (destination === null) return
    setDestination(null)
    isLeaving.current = true
    if ('to' in destination) void navigate(destination.to)
    else traverseTo(destination.entry)
  }
  return { isAsking: destination !== null, stay: () => setDestination(null), leave }
}

/** A longer text may need more than the 64 KiB that a browser sends after its page was closed. */
const maxSentOnClose = 20_000

const isTooLong = (editing: Editing): boolean =>
  editing.isUnsaved() && editing.get().draft.mine.content.length > maxSentOnClose

/** Whether the text would stay unsaved after the form is left. Autosave continues on other pages, but not after a refusal. */
function isAtRisk(editing: Editing): boolean {
  if (!editing.isUnsaved()) return false
  const { draft, failure, refusals, block } = editing.get()
  const isStuck = failure !== null || block !== null || Object.keys(refusals).length > 0 || conflictedFields(draft).length > 0
  const isIncomplete = editing.unsaved(true).length === 0 && draft.pending === null
  return !preferences().isAutosaveOn || isStuck || isIncomplete
}

/** The path that a plain click on a link would open in this page; null for every other click. */
function inPageTarget(event: MouseEvent): string | null {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  if (!isPlain || !(link instanceof HTMLAnchorElement) || link.target === '_blank') return null
  const { origin, pathname, search, hash } = new URL(link.href)
  const isElsewhere = origin === location.origin && pathname + search !== location.pathname + location.search
  return isElsewhere ? pathname + search + hash : null
}
