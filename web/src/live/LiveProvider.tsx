import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { liveUrl } from '../api/base'
import { session } from '../api/session'
import { LiveContext } from './LiveContext'
import type { Patch } from './patch'
import { LiveSocket } from './socket'

const staleWhileCut = 30_000

/**
 * Keeps the page's connection while somebody is signed in, and feeds each event to the patches. While it is live,
 * what was read once stays fresh; while it is not, it is read again after 30 s.
 */
export function LiveProvider({ patches, children }: { patches: readonly Patch[]; children: ReactNode }) {
  const cache = useQueryClient()
  const [socket] = useState(
    () =>
      new LiveSocket({
        url: liveUrl(),
        usable: session.usable,
        onEvent: (event) => {
          for (const patch of patches) patch(cache, event)
        },
        onRefresh: () => cache.invalidateQueries(),
      }),
  )

  useEffect(() => {
    const before = cache.getDefaultOptions()
    const staleTime = () => (socket.get().state === 'live' ? Infinity : staleWhileCut)
    cache.setDefaultOptions({ ...before, queries: { ...before.queries, staleTime } })
    const follow = () => {
      if (session.get().status === 'signed-in') socket.start()
    }
    const unsubscribe = session.subscribe(follow)
    follow()
    return () => {
      unsubscribe()
      socket.stop()
      cache.setDefaultOptions(before)
    }
  }, [cache, socket])

  return <LiveContext value={socket}>{children}</LiveContext>
}
