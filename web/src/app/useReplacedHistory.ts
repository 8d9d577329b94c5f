import { useEffect, useRef } from 'react'
import { useLive } from '@wiredesk/react'
import { hideUndos, showUntilClosed } from '../ui/notify'

/** Reports that the database was restored to an earlier state, and hides undo notifications of changes that it may lack. */
export function useReplacedHistory(): void {
  const { epoch } = useLive()
  const known = useRef(epoch)
  useEffect(() => {
    const isReplaced = known.current !== null && epoch !== known.current
    known.current = epoch
    if (!isReplaced) return
    hideUndos()
    showUntilClosed('replaced', 'The database was restored to an earlier state. This page now shows that state.')
  }, [epoch])
}
