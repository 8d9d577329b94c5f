/** The stream of all changes, newest first: what was, from the server, and what comes, from the socket. */
import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query'
import { api, unwrap } from '../../api/client'
import type { PostId } from '../../api/ids'
import type { BlogEvent } from '../../api/types'

/** One line of the feed. The content of posts is left behind: it may be long, and no line shows it. */
export type Entry = Pick<BlogEvent, 'seq' | 'type' | 'time' | 'actor' | 'changed'> & {
  post: { id: PostId; slug: string; version: number; title: string | null; published: boolean }
}

const pageSize = 30
const beyondAll = Number.MAX_SAFE_INTEGER

export function entryOf(event: BlogEvent): Entry {
  const { seq, type, time, actor, changed } = event
  const { id, slug, version } = event.data
  const isThere = event.type !== 'blog-deleted'
  const post = { id, slug, version, title: isThere ? event.data.title : null, published: isThere && event.data.published }
  return { seq, type, time, actor, changed, post }
}

export const pastQuery = infiniteQueryOptions({
  queryKey: ['activity', 'past'],
  initialPageParam: beyondAll,
  queryFn: async ({ pageParam, signal }) => {
    const query = { before: pageParam, limit: pageSize }
    const { items, next } = await unwrap(api.GET('/api/events', { params: { query }, signal }))
    return { entries: items.map(entryOf), next }
  },
  getNextPageParam: (page) => page.next,
})

/** What came by the socket, newest first. Kept apart, so that no answer from before it can remove it. */
export const cameQuery = queryOptions<Entry[]>({ queryKey: ['activity', 'came'], queryFn: skipToken })

/** Brings a deleted post back as it was before. Its event shows it, here and everywhere. */
export function restoreDeleted({ seq, post: { id, version } }: Entry) {
  const header = { 'Idempotency-Key': `restore-${id}-after-${seq}` }
  return unwrap(
    api.POST('/api/posts/{id}/restore', { params: { path: { id }, header }, body: { version: version - 1 } }),
  )
}
