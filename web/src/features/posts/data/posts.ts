/** The queries and changes of posts: one options value for each query, one function for each change. */
import { infiniteQueryOptions, queryOptions, skipToken, type QueryClient } from '@tanstack/react-query'
import { type ChangeEvent, type Person, type PostId, randomId, unwrap } from '@wiredesk/client'
import { api } from '../../../api/client'
import type { Values } from './fields'
import type { Filter } from './filter'
import type { Page } from './postList'

export const listKey = ['posts', 'list'] as const
export const historyKey = (id: PostId) => ['posts', 'history', id] as const
/** The names in use that the list can be filtered by. */
export const namesKey = ['posts', 'names'] as const

const pageSize = 50

export const listQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: [...listKey, filter],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal, client }): Promise<Page> => {
      const after = pageParam === null ? {} : { after: pageParam }
      const { total, ...page } = await readList(filter, { limit: pageSize, ...after }, signal)
      if (pageParam === null) client.setQueryData(totalQuery(filter).queryKey, total)
      return page
    },
    getNextPageParam: (page) => page.next,
  })

/** The server's limit for totals. */
export const maxCounted = 10_000

/** How many posts the whole list has, up to maxCounted; null where the server did not count. Reading the list sets it. */
export const totalQuery = (filter: Filter) =>
  queryOptions({
    queryKey: ['posts', 'total', filter],
    queryFn: async ({ signal }) => (await readList(filter, { limit: 1 }, signal)).total,
  })

function readList(filter: Filter, page: { limit: number; after?: string }, signal: AbortSignal) {
  const { q, status, category, tag, author, sort } = filter
  const narrow = { ...(q && { q }), ...(category && { category }), ...(tag && { tag }), ...(author && { author }) }
  return unwrap(api.GET('/api/posts', { params: { query: { status, sort, ...narrow, ...page } }, signal }))
}

/** The present history of the event log. */
export const readEpoch = async (): Promise<string> =>
  bounded(async (signal) => (await unwrap(api.GET('/api/posts', { params: { query: { limit: 1 } }, signal }))).epoch)

export const postQuery = (id: PostId) =>
  queryOptions({
    queryKey: ['posts', 'one', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/posts/{id}', { params: { path: { id } }, signal })),
  })

export const categoriesQuery = queryOptions({
  queryKey: [...namesKey, 'categories'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/categories', { signal }))).items,
})

export const tagsQuery = queryOptions({
  queryKey: [...namesKey, 'tags'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/tags', { signal }))).items,
})

export const authorsQuery = queryOptions({
  queryKey: [...namesKey, 'authors'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/authors', { signal }))).items,
})

/** The last event of a post since the page was opened. Only events write it. */
type LastChange = Pick<ChangeEvent, 'type' | 'changed' | 'actor' | 'restored' | 'redacted'> & { version: number; receivedAt: number }

export const lastChangeQuery = (id: PostId) =>
  queryOptions<LastChange>({ queryKey: ['posts', 'change', id], queryFn: skipToken })

/** The deletion of a post since the page was opened. Null again after a restore. */
export type Deletion = { by: Person; at: string; version: number }

export const deletionQuery = (id: PostId) =>
  queryOptions<Deletion | null>({ queryKey: ['posts', 'deletion', id], queryFn: skipToken })

const tag = (version: number) => `"${version}"`

/** The key of the mutations of one post. */
export const mutationKey = (id: PostId) => ['posts', 'mutation', id] as const

/** Runs a change as a mutation, so that the cache's error handler sees failures and the post is busy meanwhile. */
export const run = <T>(cache: QueryClient, change: () => Promise<T>, id?: PostId): Promise<T> =>
  cache
    .getMutationCache()
    .build(cache, { mutationFn: change, ...(id !== undefined && { mutationKey: mutationKey(id) }) })
    .execute(undefined)

/** The timeout of a save, in milliseconds. */
const answerWithin = 20_000
/** Browsers let requests up to 64 KiB outlive their page; the rest is for headers. */
const maxKeepalive = 60_000

/** A save got no answer in time. Whether it was stored is unknown. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

/** Makes a call, and aborts it when there is no answer in time. */
async function bounded<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new NoAnswerError('The server did not respond within 20 seconds.'))
      abort.abort()
    }, answerWithin)
  })
  return Promise.race([call(abort.signal), late]).finally(() => clearTimeout(timer))
}

/** A request of this body can outlive the page. */
const isShort = (body: object): boolean => new TextEncoder().encode(JSON.stringify(body)).length <= maxKeepalive

/** A save that was sent and has no answer yet. It is repeated as it was, under its key, so that it is stored once. */
export type PendingSave = {
  key: string
  /** The version that it is based on; 0 creates the post. */
  version: number
  /** For an empty slug the server makes one from the title. */
  body: Partial<Values>
  autosave: boolean
}

export function createPost({ key, body: fields }: PendingSave) {
  const header = { 'Idempotency-Key': key }
  const body = { title: '', ...fields, published: false }
  const keepalive = isShort(body)
  return bounded((signal) => unwrap(api.POST('/api/posts', { params: { header }, body, signal, keepalive })))
}

/** Stores a change without showing it to readers. */
export function editPost(id: PostId, { key, version, body: fields, autosave }: PendingSave) {
  const body = { ...fields, ...(fields.slug === '' && { slug: null }) }
  const header = { 'Idempotency-Key': key, 'If-Match': tag(version) }
  const params = { path: { id }, header, query: { publish: false, autosave } }
  const keepalive = isShort(body)
  return bounded((signal) => unwrap(api.PATCH('/api/posts/{id}', { params, body, signal, keepalive })))
}

/**
 * Shows the current version to readers, or hides the post. With a version, publishing is refused with 412 unless it is
 * the current one.
 */
export function publishPost(id: PostId, published: boolean, version?: number) {
  const params = { path: { id }, header: { 'Idempotency-Key': randomId() } }
  const body = { published, ...(published && version !== undefined && { version }) }
  return bounded((signal) => unwrap(api.PUT('/api/posts/{id}/publish', { params, body, signal })))
}

/** Deletes the post as it is at this version; refused with 412 when it was changed since. */
export function deletePost(id: PostId, version: number) {
  const header = { 'Idempotency-Key': randomId(), 'If-Match': tag(version) }
  return unwrap(api.DELETE('/api/posts/{id}', { params: { path: { id }, header } }))
}

/** Restores the text of a version; readers do not see it before it is published. */
export function restorePost(id: PostId, version: number) {
  const params = { path: { id }, query: { publish: false }, header: { 'Idempotency-Key': randomId() } }
  return unwrap(api.POST('/api/posts/{id}/restore', { params, body: { version } }))
}
