import { useEffect, useRef } from 'react'
import { useLive } from '@wiredesk/react'
import { hideUndos, showUntilClosed } from '../ui/notify'

/** Reports that the database went back to an earlier state, and withdraws the offers to undo what it may not have. */
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
