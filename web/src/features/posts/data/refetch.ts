/** Reads queries again after events, once for a whole burst. */
import { hashKey, type Query, type QueryClient, type QueryKey } from '@tanstack/react-query'

/** The delay that collects a burst into one read, in milliseconds. */
const collectFor = 150

/** The shortest time between two reads of one query, in milliseconds for each of its pages. */
const pauseByPage = 150

const queued = new WeakMap<QueryClient, Set<string>>()
const lastRead = new WeakMap<Query, number>()

/**
 * Reads the query again soon. A read in progress is left to finish first: if each event cancelled it, a slow
 * connection would never get an answer.
 */
export function refetchSoon(cache: QueryClient, queryKey: QueryKey): void {
  const hashes = queued.get(cache)
  if (hashes) return void hashes.add(hashKey(queryKey))
  queued.set(cache, new Set([hashKey(queryKey)]))
  setTimeout(() => refetchQueued(cache), collectFor)
}

/** An answer in progress may have been made before the event, and would replace the new state with the old one. */
export function refetchIfFetching(cache: QueryClient, queryKey: QueryKey): void {
  if (cache.getQueryState(queryKey)?.fetchStatus === 'fetching') refetchSoon(cache, queryKey)
}

function refetchQueued(cache: QueryClient): void {
  const hashes = queued.get(cache) ?? new Set()
  queued.delete(cache)
  for (const query of cache.getQueryCache().getAll()) {
    if (!hashes.has(query.queryHash)) continue
    if (query.state.fetchStatus === 'fetching' || isTooSoon(query)) refetchSoon(cache, query.queryKey)
    else {
      lastRead.set(query, Date.now())
      void cache.invalidateQueries({ queryKey: query.queryKey, exact: true })
    }
  }
}

function isTooSoon(query: Query): boolean {
  const { data } = query.state
  const isPaged = typeof data === 'object' && data !== null && 'pages' in data && Array.isArray(data.pages)
  const pages = isPaged ? (data.pages as unknown[]).length : 1
  return Date.now() - (lastRead.get(query) ?? 0) < pauseByPage * pages
}
