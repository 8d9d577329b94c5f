import { Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useLive } from '@wiredesk/react'
import { explain } from '../../api/problem'
import { EmptyState } from '../../ui/EmptyState'
import { ErrorNote } from '../../ui/ErrorNote'
import { foldBulk, foldVersions } from '../../ui/foldChanges'
import { ListBar } from '../../ui/ListBar'
import { LoadMore } from '../../ui/LoadMore'
import { NewItemsButton } from '../../ui/NewItemsButton'
import { PageHeader } from '../../ui/PageHeader'
import { showDone, showError } from '../../ui/notify'
import { Pending } from '../../ui/Pending'
import { useFrozenOrder } from '../../ui/useFrozenOrder'
import { useSession } from '../login/useSession'
import { foldableOf, restoreDeleted, type Entry } from './activity'
import classes from './activity.module.css'
import { FeedEntry } from './FeedEntry'
import { FeedGroup } from './FeedGroup'
import { useFeed } from './useFeed'

/** The changes of all posts, newest first, updated live. */
export function ActivityPage() {
  const { can } = useSession()
  const { epoch } = useLive()
  const { entries, error, refetch, hasNextPage, isFetching, isFetchingNextPage, fetchNextPage } = useFeed()
  const folds = foldBulk(foldVersions(entries ?? [], foldableOf), foldableOf)
  const { shown, waiting, area, showNew } = useFrozenOrder(folds, ({ key }) => key, { scope: epoch ?? '' })
  const restore = useRestoreDeleted()
  const isLast = lastOfEach(entries ?? [])
  const restoreOf = (entry: Entry) =>
    entry.type === 'blog-deleted' && isLast(entry) && can('write') ? () => restore(entry) : null
  return (
    <Stack gap="sm" ref={area}>
      <PageHeader title="Activity" />
      {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
      {!entries && !error && <Pending label="Loading…" />}
      {entries?.length === 0 && <EmptyState title="No activity yet">Changes to posts will appear here.</EmptyState>}
      <ListBar>
        <Text size="sm" c="dimmed">
          Newest first
        </Text>
        <NewItemsButton count={waiting} noun="change" onShow={showNew} />
      </ListBar>
      {shown.length > 0 && (
        <ul className={classes.list} aria-label="Changes">
          {shown.map(({ kind, key, items }) =>
            items.length === 1 ? (
              <FeedEntry key={key} entry={items[0]} onRestore={restoreOf(items[0])} />
            ) : (
              <FeedGroup key={key} kind={kind} items={items} restoreOf={restoreOf} />
            ),
          )}
        </ul>
      )}
      {hasNextPage && <LoadMore isLoading={isFetchingNextPage} isFetching={isFetching} onLoad={() => void fetchNextPage()} />}
    </Stack>
  )
}

/** Whether an entry is the newest of its post: a post that was restored since has a newer one. */
function lastOfEach(entries: readonly Entry[]): (entry: Entry) => boolean {
  const last = new Map<number, number>()
  for (const { seq, post } of entries) last.set(post.id, Math.max(seq, last.get(post.id) ?? 0))
  return ({ seq, post }) => last.get(post.id) === seq
}

/** Restores a deleted post and reports the outcome. */
function useRestoreDeleted(): (entry: Entry) => void {
  const { mutate } = useMutation({
    mutationFn: restoreDeleted,
    networkMode: 'always',
    onSuccess: ({ title }) => showDone(`“${title}” was restored as a draft.`),
    onError: (error) => showError('Couldn’t restore the post', explain(error)),
  })
  return mutate
}
