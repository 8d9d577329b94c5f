import { type Query, useQueryClient } from '@tanstack/react-query'
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
    const unwatch = socket.watch(onceLive(socket, () => void cache.invalidateQueries({ predicate: isLeftBehind })))
    follow()
    return () => {
      unsubscribe()
      unwatch()
      socket.stop()
      cache.setDefaultOptions(before)
    }
  }, [cache, socket])

  return <LiveContext value={socket}>{children}</LiveContext>
}

/** Whether it was asked in vain: most likely while the server could not be reached. */
const isLeftBehind = ({ state }: Query): boolean => state.status === 'error' || state.isInvalidated

/** Does it each time the connection has become live, and not on other news of it. */
function onceLive(socket: LiveSocket, doThis: () => void): () => void {
  let before = socket.get().state
  return () => {
    const { state } = socket.get()
    const isNew = state === 'live' && before !== 'live'
    before = state
    if (isNew) doThis()
  }
}
