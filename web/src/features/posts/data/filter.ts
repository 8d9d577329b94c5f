import type { ListedPost, Summary } from '@wiredesk/client'

export const statuses = ['all', 'published', 'draft', 'deleted'] as const
export const sorts = ['-updatedAt', 'updatedAt', '-createdAt', 'createdAt', 'title', '-title'] as const

/** The filter and the order of the list. It is kept in the page's address, so that a link reproduces it. */
export type Filter = {
  q: string
  status: (typeof statuses)[number]
  category: string
  tag: string
  author: string
  sort: (typeof sorts)[number]
}

export const noFilter: Filter = { q: '', status: 'all', category: '', tag: '', author: '', sort: '-updatedAt' }

/** The longest value of each text, in characters: longer ones match nothing and would be refused. */
const longest = { q: 200, category: 100, tag: 50, author: 200 } as const

/** The event fields that decide whether a post passes the filter, apart from the search words. */
const deciding = ['published', 'category', 'tags', 'authorName']

/** Parses an address. A missing or invalid parameter is as in noFilter. */
export function readFilter(params: URLSearchParams): Filter {
  const text = (name: keyof typeof longest) => (params.get(name) ?? '').slice(0, longest[name])
  return {
    q: text('q'),
    status: statuses.find((s) => s === params.get('status')) ?? noFilter.status,
    category: text('category').normalize('NFC'),
    tag: text('tag').normalize('NFC'),
    author: text('author'),
    sort: sorts.find((s) => s === params.get('sort')) ?? noFilter.sort,
  }
}

/** The query part of the address, without the parameters that are as in noFilter. */
export function writeFilter(filter: Filter): Record<string, string> {
  const names = Object.keys(noFilter) as (keyof Filter)[]
  return Object.fromEntries(names.filter((name) => filter[name] !== noFilter[name]).map((name) => [name, filter[name]]))
}

/** Whether the list leaves posts out; the order does not matter. */
export const isFiltering = (filter: Filter): boolean => 'status' in writeFilter(filter) || isNarrowed(filter)

/** Whether anything but the status leaves posts out. */
export const isNarrowed = ({ q, category, tag, author }: Filter): boolean => [q, category, tag, author].some((text) => text !== '')

/** The name under which the author filter finds a post. */
export const authorOf = ({ authorName, createdBy }: Summary): string => authorName || createdBy.name

/** Whether the post passes the filter, apart from the search words: only the server can search. */
export function passes({ status, category, tag, author }: Filter, post: ListedPost): boolean {
  return (
    hasStatus(status, post) &&
    (category === '' || post.category === category) &&
    (tag === '' || post.tags.includes(tag)) &&
    (author === '' || authorOf(post) === author)
  )
}

function hasStatus(status: Filter['status'], { published, deletedAt }: ListedPost): boolean {
  if (status === 'deleted' || deletedAt !== undefined) return status === 'deleted' && deletedAt !== undefined
  return status === 'all' || published === (status === 'published')
}

/** Whether a change of these fields can make a post pass the filter, or stop it from passing. */
export const mayDecide = (changed: readonly string[]): boolean => changed.some((field) => deciding.includes(field))
