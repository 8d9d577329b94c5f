/** Brings events, and the answers to own calls, into the cache. Whatever is not newer than the cache changes nothing. */
import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query'
import type { PostId } from '../../../api/ids'
import type { Post, Summary } from '../../../api/types'
import type { Patch } from '../../../live/patch'
import type { Filter } from './filter'
import { displace, newer, place, type Change, type List } from './place'
import {
  categoriesKey,
  goneQuery,
  historyKey,
  lastChangeQuery,
  listKey,
  listQuery,
  postQuery,
  type ChangeEvent,
  type Gone,
  type Person,
} from './posts'

/** How long a burst is collected before the server is asked again, in milliseconds. */
const settleAfter = 150

export const postsPatch: Patch = (cache, event) => {
  if (event.type === 'blog-deleted') {
    applyDeleted(cache, event.data, { by: event.actor, at: event.time })
  } else {
    const { type, actor, changed, seq, data } = event
    const { version } = data
    cache.setQueryData(lastChangeQuery(data.id).queryKey, (old) =>
      newer(old, { type, changed, actor, version, heardAt: Date.now() }),
    )
    applyToPost(cache, event)
    applyToLists(cache, { post: data, changed, isNew: type === 'blog-created', seq })
  }
  readAgain(cache, historyKey(event.data.id))
}

/** Shows the outcome of an own call at once; its event comes later and finds it done. */
export function applyAnswer(cache: QueryClient, post: Post, isNew: boolean): void {
  cache.setQueryData(postQuery(post.id).queryKey, (old) => newer(old, post))
  markThere(cache, post)
  applyToLists(cache, { post, changed: Object.keys(post), isNew, seq: Infinity })
  readAgain(cache, historyKey(post.id))
}

export function applyDeleted(
  cache: QueryClient,
  post: { id: PostId; version: number },
  { by, at }: { by: Person; at: string },
): void {
  const known = cache.getQueryData(postQuery(post.id).queryKey)
  if (known && known.version >= post.version) return
  cache.setQueryData(goneQuery(post.id).queryKey, (): Gone => ({ by, at, version: post.version }))
  for (const [filter, list] of lists(cache)) setList(cache, filter, displace(list, post))
  readAgainWhileReading(cache, postQuery(post.id).queryKey)
  markCategories(cache)
}

function applyToPost(cache: QueryClient, { data, changed }: ChangeEvent): void {
  const { queryKey } = postQuery(data.id)
  markThere(cache, data)
  const old = cache.getQueryData(queryKey)
  readAgainWhileReading(cache, queryKey)
  if (!old || old.version >= data.version) return
  const isContentKnown = data.version === old.version + 1 && !changed.includes('content')
  const content = data.content ?? (isContentKnown ? old.content : undefined)
  if (content === undefined) readAgain(cache, queryKey)
  else cache.setQueryData(queryKey, { ...data, content })
}

/** A post with a version above its deletion was restored. */
function markThere(cache: QueryClient, { id, version }: Summary): void {
  cache.setQueryData(goneQuery(id).queryKey, (gone) => (gone && gone.version < version ? null : gone))
}

function applyToLists(cache: QueryClient, change: Change): void {
  for (const [filter, list] of lists(cache)) {
    const placed = place(list, filter, change)
    setList(cache, filter, placed.list)
    if (placed.isStale) readAgain(cache, listQuery(filter).queryKey)
  }
  if (change.isNew || change.changed.includes('category')) markCategories(cache)
}

/** All lists in the cache that have rows, after asking again for those which are being read at this moment. */
function lists(cache: QueryClient): [Filter, List][] {
  return cache.getQueriesData<List>({ queryKey: listKey }).flatMap(([queryKey, list]) => {
    readAgainWhileReading(cache, queryKey)
    const filter = queryKey[listKey.length]
    return list && isFilter(filter) ? [[filter, list] as [Filter, List]] : []
  })
}

const isFilter = (part: unknown): part is Filter => typeof part === 'object' && part !== null && 'sort' in part

function setList(cache: QueryClient, filter: Filter, list: List): void {
  cache.setQueryData(listQuery(filter).queryKey, list)
}

/** Read again when somebody looks for them next: a select that is closed is not worth a request per event. */
function markCategories(cache: QueryClient): void {
  void cache.invalidateQueries({ queryKey: categoriesKey, refetchType: 'none' })
}

/** An answer under way may have been read before the event, and would put the old state over the new one. */
function readAgainWhileReading(cache: QueryClient, queryKey: QueryKey): void {
  if (cache.getQueryState(queryKey)?.fetchStatus === 'fetching') readAgain(cache, queryKey)
}

const waiting = new WeakMap<QueryClient, Set<string>>()

/**
 * Asks the server again, once for a whole burst. A query that is being read is left to finish first: to cancel it
 * for each event would let a slow line never see an answer.
 */
function readAgain(cache: QueryClient, queryKey: QueryKey): void {
  const hashes = waiting.get(cache)
  if (hashes) return void hashes.add(hashKey(queryKey))
  waiting.set(cache, new Set([hashKey(queryKey)]))
  setTimeout(() => settle(cache), settleAfter)
}

function settle(cache: QueryClient): void {
  const hashes = waiting.get(cache) ?? new Set()
  waiting.delete(cache)
  for (const query of cache.getQueryCache().getAll()) {
    if (!hashes.has(query.queryHash)) continue
    if (query.state.fetchStatus === 'fetching') readAgain(cache, query.queryKey)
    else void cache.invalidateQueries({ queryKey: query.queryKey, exact: true })
  }
}
