/** Reads the versions of a post. Each version is the event that created it. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type PostId, type StoredEvent, unwrap } from '@wiredesk/client'
import { api } from '../../../api/client'
import { historyKey } from './posts'

/** A version that has a text; a deletion has none. */
export type TextVersion = Exclude<StoredEvent, { type: 'blog-deleted' }>

const pageSize = 100

/** All versions of a post without their content, newest first. */
export const versionsQuery = (id: PostId) =>
  infiniteQueryOptions({
    queryKey: historyKey(id),
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) =>
      readVersions(id, { limit: pageSize, content: false, ...(pageParam !== null && { before: pageParam }) }, signal),
    getNextPageParam: (page) => page.next,
  })

/** One version with its content; null when the history has no such version. A version never changes. */
export const versionQuery = (id: PostId, version: number) =>
  queryOptions({
    queryKey: ['posts', 'version', id, version],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<StoredEvent | null> => {
      const { items } = await readVersions(id, { limit: 1, before: version + 1 }, signal)
      return items.find(({ data }) => data.version === version) ?? null
    },
  })

/** The versions above `version` without their content, newest first; of many, the newest `pageSize`. */
export async function readVersionsSince(id: PostId, version: number): Promise<StoredEvent[]> {
  const { items } = await readVersions(id, { limit: pageSize, content: false })
  return items.filter((event) => event.data.version > version)
}

type Page = { limit: number; before?: number; content?: boolean }

function readVersions(id: PostId, query: Page, signal: AbortSignal | null = null) {
  return unwrap(api.GET('/api/posts/{id}/history', { params: { path: { id }, query }, signal }))
}

export const hasText = (event: StoredEvent): event is TextVersion => event.type !== 'blog-deleted'
