/** The feed of all changes, newest first: pages read from the server, and live entries from the socket. */
import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query'
import { type BlogEvent, type PostId, unwrap } from '@wiredesk/client'
import { api } from '../../api/client'
import type { Foldable } from '../../ui/foldChanges'

/** One change in the feed, without the content of its post. */
export type Entry = Pick<BlogEvent, 'seq' | 'type' | 'time' | 'actor' | 'changed'> & {
  restored: number | undefined
  redacted: boolean | undefined
  post: { id: PostId; slug: string; version: number; title: string | null; published: boolean }
}

const pageSize = 200
const beyondAll = Number.MAX_SAFE_INTEGER

export function entryOf(event: BlogEvent): Entry {
  const { seq, type, time, actor, changed, restored, redacted } = event
  const { id, slug, version } = event.data
  const hasText = event.type !== 'blog-deleted'
  const post = { id, slug, version, title: hasText ? event.data.title : null, published: hasText && event.data.published }
  return { seq, type, time, actor, changed, restored, redacted, post }
}

export const foldableOf = ({ seq, type, time, actor, post, restored, redacted }: Entry): Foldable => ({
  seq,
  type,
  time,
  actorId: actor.id,
  postId: post.id,
  version: post.version,
  published: post.published,
  isRestore: restored !== undefined || redacted === true,
})

export const pagesQuery = infiniteQueryOptions({
  queryKey: ['activity', 'pages'],
  initialPageParam: beyondAll,
  queryFn: async ({ pageParam, signal }) => {
    const query = { before: pageParam, limit: pageSize, content: false }
    const { items, next } = await unwrap(api.GET('/api/events', { params: { query }, signal }))
    return { entries: items.map(entryOf), next }
  },
  getNextPageParam: (page) => page.next,
})

/** The entries from the socket, newest first. A query of its own, so that no older answer of the server replaces them. */
export const liveQuery = queryOptions<Entry[]>({ queryKey: ['activity', 'live'], queryFn: skipToken })

/** Restores a deleted post as a draft with the text that it had. Its event updates the lists. */
export function restoreDeleted({ seq, post: { id, version } }: Entry) {
  const params = { path: { id }, query: { publish: false }, header: { 'Idempotency-Key': `restore-${id}-after-${seq}` } }
  return unwrap(api.POST('/api/posts/{id}/restore', { params, body: { version: version - 1 } }))
}
