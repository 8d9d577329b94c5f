import { type Query, type QueryClient, skipToken } from '@tanstack/react-query'

/**
 * Reads everything again after the event log's history was replaced: versions and numbers may have gone back. Rows that
 * are on the screen stay until the answer replaces them, with their loaded pages and the scroll position. Data that only
 * events write, data of other pages, and data that could not be read again is dropped.
 */
export async function readReplaced(cache: QueryClient): Promise<void> {
  cache.removeQueries({ predicate: (query) => query.getObserversCount() === 0 })
  const dropped = cache.resetQueries({ predicate: (query) => isByEvents(query) || query.state.data === undefined })
  await Promise.all([dropped, cache.invalidateQueries({ predicate: (query) => query.state.data !== undefined })])
  await cache.resetQueries({ predicate: ({ state }) => state.status === 'error' && state.data !== undefined })
}

const isByEvents = (query: Query): boolean => query.options.queryFn === skipToken
