import { Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { explain } from '../../api/problem'
import { EmptyState } from '../../ui/EmptyState'
import { ErrorNote } from '../../ui/ErrorNote'
import { ListBar } from '../../ui/ListBar'
import { LoadMore } from '../../ui/LoadMore'
import { NewItemsButton } from '../../ui/NewItemsButton'
import { PageHeader } from '../../ui/PageHeader'
import { Pending } from '../../ui/Pending'
import { useFrozenOrder } from '../../ui/useFrozenOrder'
import { useSession } from '../login/useSession'
import { restoreDeleted, type Entry } from './activity'
import classes from './activity.module.css'
import { FeedEntry } from './FeedEntry'
import { useFeed } from './useFeed'

/** Who changed what, newest first, as it happens. */
export function ActivityPage() {
  const { can } = useSession()
  const { entries, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useFeed()
  const { shown, waiting, area, showNew } = useFrozenOrder(entries ?? [], ({ seq }) => seq)
  const restore = useMutation({ mutationFn: restoreDeleted, networkMode: 'always' })
  const isLast = lastOfEach(entries ?? [])
  return (
    <Stack gap="sm" ref={area}>
      <PageHeader title="Activity" />
      {restore.error && <ErrorNote message={explain(restore.error)} />}
      {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
      {!entries && !error && <Pending label="Reading the activity" />}
      {entries?.length === 0 && <EmptyState title="Nothing happened yet">Every change of a post appears here.</EmptyState>}
      <ListBar>
        <NewItemsButton count={waiting} noun="change" onShow={showNew} />
      </ListBar>
      {shown.length > 0 && (
        <ul className={classes.list} aria-label="Changes">
          {shown.map((entry) => (
            <FeedEntry
              key={entry.seq}
              entry={entry}
              onRestore={
                entry.type === 'blog-deleted' && isLast(entry) && can('write') ? () => restore.mutate(entry) : null
              }
            />
          ))}
        </ul>
      )}
      {hasNextPage && <LoadMore isLoading={isFetchingNextPage} onLoad={() => void fetchNextPage()} />}
    </Stack>
  )
}

/** Whether an entry is the newest of its post: a deletion that was taken back is not. */
function lastOfEach(entries: readonly Entry[]): (entry: Entry) => boolean {
  const last = new Map<number, number>()
  for (const { seq, post } of entries) last.set(post.id, Math.max(seq, last.get(post.id) ?? 0))
  return ({ seq, post }) => last.get(post.id) === seq
}
