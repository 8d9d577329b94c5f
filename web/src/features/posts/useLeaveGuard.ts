import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'

/** Where the author was about to go. */
type Way = { to: string } | { back: number }

type Guard = { isAsking: boolean; stay: () => void; leave: () => void }

/**
 * While there are unsaved changes: the browser asks before the page closes, and this hook before a link or the back
 * button leaves it. (React Router's own blocker needs its data router.)
 */
export function useLeaveGuard(isDirty: boolean): Guard {
  const navigate = useNavigate()
  const [way, setWay] = useState<Way | null>(null)
  const isLeaving = useRef(false)

  useEffect(() => {
    if (!isDirty) return
    const here = historyIndex(window.history.state)
    let isReturning = false
    const onClose = (event: BeforeUnloadEvent) => event.preventDefault()
    const onClick = (event: MouseEvent) => {
      const to = inPageTarget(event)
      if (to === null) return
      event.preventDefault()
      event.stopPropagation()
      setWay({ to })
    }
    const onPop = (event: PopStateEvent) => {
      if (isLeaving.current) return
      event.stopImmediatePropagation()
      if (isReturning) return void (isReturning = false)
      const steps = historyIndex(event.state) - here
      isReturning = true
      window.history.go(-steps)
      setWay({ back: steps })
    }
    window.addEventListener('beforeunload', onClose)
    document.addEventListener('click', onClick, true)
    window.addEventListener('popstate', onPop, true)
    return () => {
      window.removeEventListener('beforeunload', onClose)
      document.removeEventListener('click', onClick, true)
      window.removeEventListener('popstate', onPop, true)
    }
  }, [isDirty])

  const leave = () => {
    if (way === null) return
    setWay(null)
    isLeaving.current = true
    if ('to' in way) void navigate(way.to)
    else void navigate(way.back)
  }
  return { isAsking: way !== null, stay: () => setWay(null), leave }
}

/** React Router numbers the entries of the history in their state. */
function historyIndex(state: unknown): number {
  return typeof state === 'object' && state !== null && 'idx' in state && typeof state.idx === 'number' ? state.idx : 0
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
