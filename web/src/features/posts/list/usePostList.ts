import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import type { ListedPost } from '@wiredesk/client'
import type { Filter } from '../data/filter'
import { rowsOf } from '../data/postList'
import { listQuery } from '../data/posts'

export type PostListData = {
  /** Null until the first answer. */
  rows: readonly ListedPost[] | null
  pages: number
  /** The filter of these rows: the one before while those of the present one are being read. */
  shownFilter: Filter
  isLoading: boolean
  hasMore: boolean
  isFetching: boolean
  isFetchingMore: boolean
  loadMore: () => void
  error: Error | null
  retry: () => void
}

/** The loaded rows of the list. */
export function usePostList(filter: Filter): PostListData {
  const query = useInfiniteQuery({ ...listQuery(filter), placeholderData: keepPreviousData })
  const { data, error, isPlaceholderData, isFetching, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = query
  const [shownFilter, setShownFilter] = useState(filter)
  if (data && !isPlaceholderData && JSON.stringify(filter) !== JSON.stringify(shownFilter)) setShownFilter(filter)
  return {
    rows: useMemo(() => (data ? rowsOf(data) : null), [data]),
    pages: data?.pages.length ?? 0,
    shownFilter,
    isLoading: isPlaceholderData,
    hasMore: hasNextPage,
    isFetching,
    isFetchingMore: isFetchingNextPage,
    loadMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
    error,
    retry: useCallback(() => void refetch(), [refetch]),
  }
}
