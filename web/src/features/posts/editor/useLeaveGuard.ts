import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { onTraverse, traverseTo } from './traverse'

/** Where the author was about to go: by a link, or by the back or forward button. */
type Way = { to: string } | { entry: string }

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
    const onClose = (event: BeforeUnloadEvent) => event.preventDefault()
    const onClick = (event: MouseEvent) => {
      const to = inPageTarget(event)
      if (to === null) return
      event.preventDefault()
      event.stopPropagation()
      setWay({ to })
    }
    const endTraverse = onTraverse((entry) => {
      if (isLeaving.current) return true
      setWay({ entry })
      return false
    })
    window.addEventListener('beforeunload', onClose)
    document.addEventListener('click', onClick, true)
    return () => {
      endTraverse()
      window.removeEventListener('beforeunload', onClose)
      document.removeEventListener('click', onClick, true)
    }
  }, [isDirty])

  const leave = () => {
    if (way === null) return
    setWay(null)
    isLeaving.current = true
    if ('to' in way) void navigate(way.to)
    else traverseTo(way.entry)
  }
  return { isAsking: way !== null, stay: () => setWay(null), leave }
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
