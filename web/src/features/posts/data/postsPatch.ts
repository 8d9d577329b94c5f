/** Applies events, and the answers to own calls, to the cache. Only a higher version changes it. */
import type { QueryClient } from '@tanstack/react-query'
import type { ChangeEvent, Person, Post, PostId, Summary } from '@wiredesk/client'
import type { Patch } from '../../../live/patch'
import type { Filter } from './filter'
import { newer, removeFromList, upsertInList, type Change, type List, type Patched } from './postList'
import { refetchSoon, refetchIfFetching } from './refetch'
import {
  deletionQuery,
  historyKey,
  lastChangeQuery,
  listKey,
  listQuery,
  maxCounted,
  namesKey,
  postQuery,
  totalQuery,
  type Deletion,
} from './posts'

export const postsPatch: Patch = (cache, event) => {
  if (event.type === 'blog-deleted') {
    applyDeleted(cache, event.data, { by: event.actor, at: event.time })
  } else {
    const { type, actor, changed, restored, redacted, seq, data } = event
    const { version } = data
    cache.setQueryData(lastChangeQuery(data.id).queryKey, (old) =>
      newer(old, {
        ...{ type, changed, actor, version, receivedAt: Date.now() },
        ...(restored !== undefined && { restored }),
        ...(redacted && { redacted }),
      }),
    )
    applyToPost(cache, event)
    applyToLists(cache, { post: data, changed, isNew: type === 'blog-created', seq })
  }
  refetchSoon(cache, historyKey(event.data.id))
}

/** Applies the answer to an own call. Its event arrives later and changes nothing. */
export function applyAnswer(cache: QueryClient, post: Post, isNew: boolean): void {
  const changed = differing(cache, post)
  cache.setQueryData(postQuery(post.id).queryKey, (old) => newer(old, post))
  markExisting(cache, post)
  applyToLists(cache, { post, changed, isNew, seq: Infinity })
  refetchSoon(cache, historyKey(post.id))
}

export function applyDeleted(
  cache: QueryClient,
  post: { id: PostId; version: number },
  { by, at }: { by: Person; at: string },
): void {
  const known = cache.getQueryData(postQuery(post.id).queryKey)
  if (known && known.version >= post.version) return
  cache.setQueryData(deletionQuery(post.id).queryKey, (): Deletion => ({ by, at, version: post.version }))
  for (const [filter, list] of lists(cache)) setList(cache, filter, removeFromList(list, filter, post))
  refetchIfFetching(cache, postQuery(post.id).queryKey)
  markNames(cache)
}

function applyToPost(cache: QueryClient, { data, changed }: ChangeEvent): void {
  const { queryKey } = postQuery(data.id)
  markExisting(cache, data)
  const old = cache.getQueryData(queryKey)
  refetchIfFetching(cache, queryKey)
  if (!old || old.version >= data.version) return
  const isContentKnown = data.version === old.version + 1 && !changed.includes('content')
  const content = data.content ?? (isContentKnown ? old.content : undefined)
  if (content === undefined) refetchSoon(cache, queryKey)
  else cache.setQueryData(queryKey, { ...data, content })
}

/** A post with a version above its deletion was restored. */
function markExisting(cache: QueryClient, { id, version }: Summary): void {
  cache.setQueryData(deletionQuery(id).queryKey, (deletion) => (deletion && deletion.version < version ? null : deletion))
}

/** The fields that differ from the cached post; all of them for a post that is not cached. */
function differing(cache: QueryClient, post: Post): string[] {
  const rows = lists(cache).flatMap(([, { pages }]) => pages.flatMap(({ items }) => items))
  const old: Partial<Post> = cache.getQueryData(postQuery(post.id).queryKey) ?? rows.find(({ id }) => id === post.id) ?? {}
  const fields = Object.keys(post) as (keyof Post)[]
  return fields.filter((field) => JSON.stringify(old[field]) !== JSON.stringify(post[field]))
}

function applyToLists(cache: QueryClient, change: Change): void {
  for (const [filter, list] of lists(cache)) setList(cache, filter, upsertInList(list, filter, change))
  if (change.isNew || change.changed.some((field) => nameFields.includes(field))) markNames(cache)
}

/** The lists in the cache. Those that are being read at this moment are read again. */
function lists(cache: QueryClient): [Filter, List][] {
  return cache.getQueriesData<List>({ queryKey: listKey }).flatMap(([queryKey, list]) => {
    refetchIfFetching(cache, queryKey)
    const filter = queryKey[listKey.length]
    return list && isFilter(filter) ? [[filter, list] as [Filter, List]] : []
  })
}

const isFilter = (part: unknown): part is Filter => typeof part === 'object' && part !== null && 'sort' in part

function setList(cache: QueryClient, filter: Filter, { list, isStale, added }: Patched): void {
  const { queryKey } = listQuery(filter)
  if (list !== cache.getQueryData(queryKey)) cache.setQueryData(queryKey, list)
  if (isStale) refetchSoon(cache, queryKey)
  if (added !== 0) addToTotal(cache, filter, added)
}

/** Adds to a total that is known exactly; otherwise reads it again. */
function addToTotal(cache: QueryClient, filter: Filter, added: 1 | -1 | null): void {
  const { queryKey } = totalQuery(filter)
  refetchIfFetching(cache, queryKey)
  const { data: total, isInvalidated = true } = cache.getQueryState(queryKey) ?? {}
  if (total === undefined || total === null || isInvalidated) return
  if (added === null) refetchSoon(cache, queryKey)
  else if (total < maxCounted) cache.setQueryData(queryKey, Math.max(0, total + added))
}

/** The fields with names that the list can be filtered by. */
const nameFields = ['category', 'tags', 'authorName']

/** Marks the names as stale: they are read again when a select opens, not once per event. */
function markNames(cache: QueryClient): void {
  void cache.invalidateQueries({ queryKey: namesKey, refetchType: 'none' })
}
