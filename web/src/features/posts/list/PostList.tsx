import { Stack } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { explain } from '../../../api/problem'
import { ArrivalsButton } from '../../../ui/ArrivalsButton'
import { ErrorNote } from '../../../ui/ErrorNote'
import { LoadMore } from '../../../ui/LoadMore'
import { Pending } from '../../../ui/Pending'
import { useHeldOrder } from '../../../ui/useHeldOrder'
import { useSession } from '../../login/useSession'
import { EmptyBlog } from './EmptyBlog'
import { isFiltering, type Filter } from '../data/filter'
import { NoMatches } from './NoMatches'
import { rowsOf } from '../data/place'
import { listQuery } from '../data/posts'
import { PostTable } from './PostTable'
import { usePostActions } from '../data/usePostActions'

/** The posts that pass the filter, kept up to date. */
export function PostList({ filter, onClear }: { filter: Filter; onClear: () => void }) {
  const { user, can } = useSession()
  const actions = usePostActions()
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    ...listQuery(filter),
    placeholderData: keepPreviousData,
  })
  const rows = data ? rowsOf(data) : []
  const { shown, waiting } = useHeldOrder(rows, (row) => row.id)

  if (!data) {
    return error ? <ErrorNote message={explain(error)} onRetry={() => void refetch()} /> : <Pending label="Reading the posts" />
  }
  if (rows.length === 0 && !hasNextPage) {
    return isFiltering(filter) ? <NoMatches onClear={onClear} /> : <EmptyBlog canWrite={can('write')} />
  }
  return (
    <Stack gap="sm">
      {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
      <ArrivalsButton count={waiting} noun="post" />
      <PostTable posts={shown} self={user?.id ?? 0} actions={can('write') ? actions : null} />
      {hasNextPage && <LoadMore isLoading={isFetchingNextPage} onLoad={() => void fetchNextPage()} />}
    </Stack>
  )
}
