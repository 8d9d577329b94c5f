import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query'
import type { BlogEvent, LiveConnection } from '@wiredesk/client'
import { BlogProvider, useConnection } from '@wiredesk/react'
import { type ReactNode, useEffect, useState } from 'react'
import { session } from '../api/session'
import type { Patch } from './patch'
import { readReplaced } from './readReplaced'

const staleWhileCut = 30_000

/**
 * Keeps the page's connection while a user is signed in, and passes each event to the patches. While it is live,
 * query data stays fresh; while it is not, data is stale after 30 s.
 */
export function LiveProvider({ patches, children }: { patches: readonly Patch[]; children: ReactNode }) {
  const cache = useQueryClient()
  const [{ onEvent, onRefresh }] = useState(() => cacheUpdates(cache, patches))
  return (
    <BlogProvider session={session} onEvent={onEvent} onRefresh={onRefresh}>
      <Freshness />
      {children}
    </BlogProvider>
  )
}

const cacheUpdates = (cache: QueryClient, patches: readonly Patch[]) => ({
  onEvent: (event: BlogEvent) => {
    for (const patch of patches) patch(cache, event)
  },
  onRefresh: ({ isReplaced }: { isReplaced: boolean }) => (isReplaced ? readReplaced(cache) : cache.invalidateQueries()),
})

/** Sets how long the cache's data is fresh, and repeats reads that failed once the connection is live. */
function Freshness() {
  const cache = useQueryClient()
  const connection = useConnection()
  useEffect(() => {
    const before = cache.getDefaultOptions()
    const staleTime = () => (connection.get().state === 'live' ? Infinity : staleWhileCut)
    cache.setDefaultOptions({ ...before, queries: { ...before.queries, staleTime } })
    const unwatch = connection.watch(onceLive(connection, () => void cache.invalidateQueries({ predicate: isLeftBehind })))
    return () => {
      unwatch()
      cache.setDefaultOptions(before)
    }
  }, [cache, connection])
  return null
}

/** Whether the last read failed or is paused, for example while the server was unreachable. */
const isLeftBehind = ({ state }: Query): boolean => state.status === 'error' || state.isInvalidated

/** Calls `run` each time the connection becomes live. */
function onceLive(connection: LiveConnection, run: () => void): () => void {
  let before = connection.get().state
  return () => {
    const { state } = connection.get()
    const isNew = state === 'live' && before !== 'live'
    before = state
    if (isNew) run()
  }
}
