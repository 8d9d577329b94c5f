import { type Query, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { liveUrl } from '../api/base'
import { session } from '../api/session'
import { LiveContext } from './LiveContext'
import type { Patch } from './patch'
import { readReplaced } from './readReplaced'
import { LiveSocket } from './socket'

const staleWhileCut = 30_000

/**
 * Keeps the page's connection while a user is signed in, and passes each event to the patches. While it is live,
 * query data stays fresh; while it is not, data is stale after 30 s.
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
        onRefresh: ({ isReplaced }) => (isReplaced ? readReplaced(cache) : cache.invalidateQueries()),
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

/** Whether the last read failed or was not repeated, for example while the server was unreachable. */
const isLeftBehind = ({ state }: Query): boolean => state.status === 'error' || state.isInvalidated

/** Calls `run` each time the connection becomes live. */
function onceLive(socket: LiveSocket, run: () => void): () => void {
  let before = socket.get().state
  return () => {
    const { state } = socket.get()
    const isNew = state === 'live' && before !== 'live'
    before = state
    if (isNew) run()
  }
}
