import { useEffect, useState } from 'react'
import { useLive } from './useLive.ts'

/** The longest wait, in milliseconds. */
const waitAtMost = 1_500

/**
 * False until the first connection is welcomed or has failed, for 1.5 s at most. A page that waits for it reads its
 * data after its place in the stream is known, so that no event between the two is missed and nothing is read twice.
 */
export function useReady(): boolean {
  const { state } = useLive()
  const [waited, setWaited] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setWaited(true), waitAtMost)
    return () => clearTimeout(timer)
  }, [])
  return waited || state !== 'connecting'
}
