/** Keeps a loaded list right when one post changes, without asking the server where that is possible. */
import type { InfiniteData } from '@tanstack/react-query'
import type { Summary } from '../../../api/types'
import { passes, type Filter } from './filter'

/** A page of the list; `cursor` is the stream's position before its items were read. */
export type Page = { items: Summary[]; next: string | null; cursor: number }
export type List = InfiniteData<Page, string | null>

/** A new state of a post. `seq` is its event's, or Infinity for the answer to an own call. */
export type Change = { post: Summary; changed: readonly string[]; isNew: boolean; seq: number }

/** What is the case after a change. Stale: only the server can tell which rows belong where. */
export type Placed = { list: List; isStale: boolean }

/** The one rule for everything that comes in: it lands only if its version is higher. */
export function newer<T extends { version: number }>(old: T | undefined, next: T): T {
  return old && old.version >= next.version ? old : next
}

const searched = ['title', 'description', 'content', 'category', 'tags', 'slug', 'authorName']

/** The rows of all pages, each post once and in its newest state: a post can move while pages are read. */
export function rowsOf({ pages }: Pick<List, 'pages'>): Summary[] {
  const rows = new Map<number, Summary>()
  for (const row of pages.flatMap((page) => page.items)) rows.set(row.id, newer(rows.get(row.id), row))
  return [...rows.values()]
}

export function place(list: List, filter: Filter, change: Change): Placed {
  const { post, seq } = change
  const old = find(list, post.id)
  const isKnown = old ? old.version >= post.version : seq <= (list.pages[0]?.cursor ?? 0)
  if (isKnown) return { list, isStale: false }
  if (!passes(filter, post)) return { list: old ? remove(list, post.id) : list, isStale: false }
  if (isUnsure(list, filter, change, old)) return { list: replace(list, post), isStale: true }
  const isOutside = filter.q !== '' && !old
  if (filter.sort.endsWith('title') || isOutside) return { list: replace(list, post), isStale: false }
  return { list: insert(remove(list, post.id), filter, post), isStale: false }
}

/** Removes a deleted post's row; a row that is newer (it was restored) stays. */
export function displace(list: List, { id, version }: { id: number; version: number }): List {
  const old = find(list, id)
  return old && old.version < version ? remove(list, id) : list
}

function isUnsure(list: List, { q, sort }: Filter, { changed, isNew }: Change, old: Summary | undefined): boolean {
  const hasMore = list.pages.at(-1)?.next !== null
  const mayBeNew = isNew || changed.some((field) => field === 'published' || field === 'category')
  if (q !== '' && (isNew || changed.some((field) => searched.includes(field)))) return true
  if (q !== '' && !old) return hasMore || mayBeNew
  return sort.endsWith('title') && (changed.includes('title') || (!old && mayBeNew))
}

const find = (list: List, id: number) => list.pages.flatMap((page) => page.items).find((row) => row.id === id)

const remove = (list: List, id: number) => mapItems(list, (items) => items.filter((row) => row.id !== id))

const replace = (list: List, post: Summary) =>
  mapItems(list, (items) => items.map((row) => (row.id === post.id ? newer(row, post) : row)))

/** Puts the post in its place by time; past the last row it is left for the next page, if there is one. */
function insert(list: List, { sort }: Filter, post: Summary): List {
  const isBefore = (row: Summary) => (sort.startsWith('-') ? time(post) > time(row) : time(post) < time(row))
  const time = (row: Summary) => Date.parse(sort.endsWith('createdAt') ? row.createdAt : row.updatedAt)
  const found = list.pages.findIndex((page) => page.items.some(isBefore))
  const last = list.pages.length - 1
  if (found === -1 && list.pages[last]?.next !== null) return list
  const target = found === -1 ? last : found
  return mapItems(list, (items, index) => {
    if (index !== target) return items
    const at = items.findIndex(isBefore)
    return at === -1 ? [...items, post] : items.toSpliced(at, 0, post)
  })
}

function mapItems(list: List, change: (items: Summary[], index: number) => Summary[]): List {
  return { ...list, pages: list.pages.map((page, index) => ({ ...page, items: change(page.items, index) })) }
}
