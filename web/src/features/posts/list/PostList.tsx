import { Stack } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { explain } from '../../../api/problem'
import { ErrorNote } from '../../../ui/ErrorNote'
import { ListBar } from '../../../ui/ListBar'
import { LoadMore } from '../../../ui/LoadMore'
import { NewItemsButton } from '../../../ui/NewItemsButton'
import { Pending } from '../../../ui/Pending'
import { useFrozenOrder } from '../../../ui/useFrozenOrder'
import { useSession } from '../../login/useSession'
import { EmptyBlog } from './EmptyBlog'
import { isFiltering, type Filter } from '../data/filter'
import { NoMatches } from './NoMatches'
import { rowsOf } from '../data/postList'
import { listQuery } from '../data/posts'
import type { PostActions } from './PostMenu'
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
  const { shown, waiting, area, showNew, drop } = useFrozenOrder(rows, (row) => row.id)

  const remove: PostActions['remove'] = async (post) => {
    if (await actions.remove(post)) drop(post.id)
  }

  if (!data) {
    return error ? <ErrorNote message={explain(error)} onRetry={() => void refetch()} /> : <Pending label="Reading the posts" />
  }
  if (rows.length === 0 && !hasNextPage) {
    return isFiltering(filter) ? <NoMatches onClear={onClear} /> : <EmptyBlog canWrite={can('write')} />
  }
  return (
    <Stack gap="sm" ref={area}>
      {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
      <ListBar>
        <NewItemsButton count={waiting} noun="post" onShow={showNew} />
      </ListBar>
      <PostTable posts={shown} self={user?.id ?? 0} actions={can('write') ? { publish: actions.publish, remove } : null} />
      {hasNextPage && <LoadMore isLoading={isFetchingNextPage} onLoad={() => void fetchNextPage()} />}
    </Stack>
  )
}
