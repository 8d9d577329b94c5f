import type { Summary } from '../../../api/types'

export const statuses = ['all', 'published', 'draft'] as const
export const sorts = ['-updatedAt', 'updatedAt', '-createdAt', 'createdAt', 'title', '-title'] as const

/** What the list shows. Stands in the page's address, so that it can be sent to somebody. */
export type Filter = {
  q: string
  status: (typeof statuses)[number]
  category: string
  sort: (typeof sorts)[number]
}

export const noFilter: Filter = { q: '', status: 'all', category: '', sort: '-updatedAt' }

/** Reads an address; what it does not name, or names wrongly, is as in noFilter. */
export function readFilter(params: URLSearchParams): Filter {
  return {
    q: (params.get('q') ?? '').slice(0, 200),
    status: statuses.find((s) => s === params.get('status')) ?? noFilter.status,
    category: (params.get('category') ?? '').slice(0, 100),
    sort: sorts.find((s) => s === params.get('sort')) ?? noFilter.sort,
  }
}

/** The query part of the address, without what is as in noFilter. */
export function writeFilter({ q, status, category, sort }: Filter): Record<string, string> {
  return {
    ...(q !== noFilter.q && { q }),
    ...(status !== noFilter.status && { status }),
    ...(category !== noFilter.category && { category }),
    ...(sort !== noFilter.sort && { sort }),
  }
}

/** Whether the list leaves posts out; the order does not matter. */
export const isFiltering = ({ q, status, category }: Filter): boolean => q !== '' || status !== 'all' || category !== ''

/** Whether the post passes status and category. Words can be searched by the server only. */
export function passes({ status, category }: Filter, post: Summary): boolean {
  return (status === 'all' || post.published === (status === 'published')) && (category === '' || post.category === category)
}
