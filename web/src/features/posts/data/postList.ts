/** Updates a loaded list after the change of one post, without a request where that is possible. */
import type { InfiniteData } from '@tanstack/react-query'
import type { ListedPost, Summary } from '@wiredesk/client'
import { mayDecide, passes, type Filter } from './filter'

/** A page of the list; `cursor` is the stream's position before its items were read. */
export type Page = { items: ListedPost[]; next: string | null; cursor: number }
export type List = InfiniteData<Page, string | null>

/** A new state of a post. `seq` is that of its event, or Infinity for the answer to an own request. */
export type Change = { post: Summary; changed: readonly string[]; isNew: boolean; seq: number }

/**
 * A list after a change. `isStale`: only the server knows which rows belong where. `added` is how many posts more the
 * whole list has, the pages included that are not loaded; null when only the server knows.
 */
export type Patched = { list: List; isStale: boolean; added: 1 | 0 | -1 | null }

/** Returns the state with the higher version; the old one when they are equal. */
export function newer<T extends { version: number }>(old: T | undefined, next: T): T {
  return old && old.version >= next.version ? old : next
}

const searched = ['title', 'description', 'content', 'category', 'tags']

/** The rows of all pages, each post once and in its newest state: a post can move while pages are read. */
export function rowsOf({ pages }: Pick<List, 'pages'>): ListedPost[] {
  const rows = new Map<number, ListedPost>()
  for (const page of pages) for (const row of page.items) rows.set(row.id, newer(rows.get(row.id), row))
  return [...rows.values()]
}

/** Updates, inserts, moves or removes the row of a post that was created or changed. */
export function upsertInList(list: List, filter: Filter, change: Change): Patched {
  const { post, seq } = change
  const old = find(list, post.id)
  const isKnown = old ? old.version >= post.version : seq <= (list.pages[0]?.cursor ?? 0)
  if (isKnown) return patched(list)
  const added = !old && hasMore(list) && mayCount(change, filter) ? null : 0
  if (!passes(filter, post)) return old ? patched(remove(list, post.id), -1) : patched(list, added)
  if (mayMatchDifferently(list, filter, change, old)) return { ...patched(replace(list, post)), isStale: true }
  if (filter.sort.endsWith('title') || (filter.q !== '' && !old)) return patched(replace(list, post))
  const placed = insert(old ? remove(list, post.id) : list, filter, post)
  const isCounted = !old && placed !== list && (change.isNew || !hasMore(list))
  return patched(placed, isCounted ? 1 : added)
}

/** Removes the row of a deleted post. A row with a higher version, of a restored post, stays. */
export function removeFromList(list: List, { status }: Filter, { id, version }: { id: number; version: number }): Patched {
  const old = find(list, id)
  if (status === 'deleted') return { ...patched(list), isStale: !old || old.version < version }
  if (!old) return patched(list, hasMore(list) ? null : 0)
  return old.version < version ? patched(remove(list, id), -1) : patched(list)
}

const patched = (list: List, added: Patched['added'] = 0): Patched => ({ list, isStale: false, added })

/** Whether the change of a post that is not among the loaded rows can change how many the list has. */
const mayCount = ({ isNew, changed }: Change, { q }: Filter): boolean => q === '' && (isNew || mayDecide(changed))

/** Whether the change can make the post match the search words, or belong at another place between titles. */
function mayMatchDifferently(list: List, { q, sort }: Filter, { changed, isNew }: Change, old: Summary | undefined): boolean {
  const mayEnter = isNew || mayDecide(changed)
  if (q !== '' && (isNew || changed.some((field) => searched.includes(field)))) return true
  if (q !== '' && !old) return hasMore(list) || mayEnter
  return sort.endsWith('title') && (changed.includes('title') || (!old && mayEnter))
}

const hasMore = ({ pages }: List) => (pages.at(-1)?.next ?? null) !== null

function find({ pages }: List, id: number): ListedPost | undefined {
  for (const page of pages) {
    const row = page.items.find((item) => item.id === id)
    if (row) return row
  }
  return undefined
}

const remove = (list: List, id: number) =>
  mapItems(list, (items) => (items.some((row) => row.id === id) ? items.filter((row) => row.id !== id) : items))

const replace = (list: List, post: Summary) =>
  mapItems(list, (items) =>
    items.some((row) => row.id === post.id) ? items.map((row) => (row.id === post.id ? newer(row, post) : row)) : items,
  )

/** Inserts the post by its time. Past the last row of an incomplete list it is left for the next page. */
function insert(list: List, { sort }: Filter, post: Summary): List {
  const time = (row: Summary) => Date.parse(sort.endsWith('createdAt') ? row.createdAt : row.updatedAt)
  const own = time(post)
  const isBefore = (row: Summary) => (sort.startsWith('-') ? own > time(row) : own < time(row))
  const found = list.pages.findIndex((page) => page.items.some(isBefore))
  if (found === -1 && hasMore(list)) return list
  const target = found === -1 ? list.pages.length - 1 : found
  return mapItems(list, (items, index) => {
    if (index !== target) return items
    const at = items.findIndex(isBefore)
    return at === -1 ? [...items, post] : items.toSpliced(at, 0, post)
  })
}

/** A page without a change stays the same object, so that only changed pages are compared and rendered. */
function mapItems(list: List, change: (items: ListedPost[], index: number) => ListedPost[]): List {
  const pages = list.pages.map((page, index) => {
    const items = change(page.items, index)
    return items === page.items ? page : { ...page, items }
  })
  return { ...list, pages }
}
