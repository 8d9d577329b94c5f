/** The versions of a post: how they are read and named, and which of them can be shown. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '../../../api/client'
import type { PostId } from '../../../api/ids'
import type { StoredEvent } from '../../../api/types'
import { describeChange } from '../../../ui/describeChange'
import type { Foldable } from '../../../ui/foldChanges'
import { historyKey } from '../data/posts'

/** Versions that are shown as one entry, newest first. */
export type Versions = [StoredEvent, ...StoredEvent[]]

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

function readVersions(id: PostId, query: { limit: number; before?: number; content?: boolean }, signal: AbortSignal) {
  return unwrap(api.GET('/api/posts/{id}/history', { params: { path: { id }, query }, signal }))
}

export const hasText = (event: StoredEvent): event is TextVersion => event.type !== 'blog-deleted'

/** The content of this autosaved version was removed from the history. */
export const isThinned = (event: StoredEvent): boolean => hasText(event) && event.data.contentHash !== undefined

const isKept = (event: StoredEvent): event is TextVersion => hasText(event) && !isThinned(event)

/** The newest version before this one whose content is kept. `events` are newest first. */
export function keptBefore(events: readonly StoredEvent[], version: number): TextVersion | null {
  return events.filter(isKept).find(({ data }) => data.version < version) ?? null
}

/** The version with kept content that is nearest to a thinned one: the end of its run of autosaves, or one before. */
export function nearestKept(events: readonly StoredEvent[], version: number): TextVersion | null {
  return events.filter(isKept).findLast(({ data }) => data.version > version) ?? keptBefore(events, version)
}

/** The title that a post had last; its slug when no known version has one. */
export function titleOf(events: readonly StoredEvent[]): string | undefined {
  return events.find(hasText)?.data.title ?? events[0]?.data.slug
}

/** What the author of these versions did in them. */
export function describeGroup(versions: Versions): string {
  const [newest] = versions
  const changed = [...new Set(versions.flatMap((version) => version.changed))]
  const { version } = newest.data
  return describeChange({ ...newest, changed, version, published: hasText(newest) && newest.data.published })
}

export function foldableOf(event: StoredEvent): Foldable {
  const { seq, type, time, actor, data, restored } = event
  return {
    seq,
    type,
    time,
    actorId: actor.id,
    postId: data.id,
    version: data.version,
    published: hasText(event) && event.data.published,
    isRestore: restored !== undefined,
  }
}
