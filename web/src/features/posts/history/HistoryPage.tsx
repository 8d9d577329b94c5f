import { Alert, Anchor, Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { parsePostId, type PostId, type StoredEvent } from '@wiredesk/client'
import { explain } from '../../../api/problem'
import { EmptyState } from '../../../ui/EmptyState'
import { ErrorNote } from '../../../ui/ErrorNote'
import { LoadMore } from '../../../ui/LoadMore'
import { PageHeader } from '../../../ui/PageHeader'
import { Pending } from '../../../ui/Pending'
import { useSession } from '../../login/useSession'
import { hasText, versionQuery, versionsQuery } from '../data/versions'
import { CompareForm } from './CompareForm'
import { Comparison } from './Comparison'
import { RestoreDialog } from './RestoreDialog'
import { useFocusOnComparison, useHistoryAddress } from './useHistoryAddress'
import { VersionList, type VersionListProps } from './VersionList'
import { titleOf } from './versions'

/** Every version of one post, newest first; of a deleted one as well. */
export function HistoryPage() {
  const id = parsePostId(useParams()['id'])
  if (id === null) return <EmptyState title="Post not found">Check the link.</EmptyState>
  return <History id={id} />
}

function History({ id }: { id: PostId }) {
  const { data, error, refetch, hasNextPage, isFetching, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(versionsQuery(id))
  const { comparison, compare } = useHistoryAddress()
  useFocusOnComparison(comparison)
  if (!data) {
    return error ? <ErrorNote message={explain(error)} onRetry={() => void refetch()} /> : <Pending label="Loading…" />
  }
  const events = data.pages.flatMap((page) => page.items)
  const [newest] = events
  if (!newest) return <EmptyState title="No versions yet">Changes to the post will appear here.</EmptyState>
  return (
    <Stack gap="sm">
      <PageHeader title={`History of ${titleOf(events) ?? 'a post'}`}>
        {hasText(newest) && (
          <Anchor component={Link} to={`/posts/${id}`}>
            Open post
          </Anchor>
        )}
      </PageHeader>
      {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
      {comparison ? (
        <Comparison id={id} {...comparison} events={events} onCompare={compare} />
      ) : (
        <>
          <Versions id={id} events={events} newest={newest} />
          {hasNextPage && <LoadMore isLoading={isFetchingNextPage} isFetching={isFetching} onLoad={() => void fetchNextPage()} />}
        </>
      )}
    </Stack>
  )
}

function Versions({ id, events, newest }: { id: PostId; events: readonly StoredEvent[]; newest: StoredEvent }) {
  const { can } = useSession()
  const { version, open, compare } = useHistoryAddress()
  const [restoring, setRestoring] = useState<number | null>(null)
  const canWrite = can('write')
  const list = { id, events, newest, opened: version, onOpen: open, onRestore: canWrite ? setRestoring : null }
  const [to, from] = events.filter(hasText).map(({ data }) => data.version)
  const isListed = events.some(({ data }) => data.version === version)
  return (
    <>
      {!hasText(newest) && (
        <Alert color="red" variant="outline">
          {newest.actor.name} deleted this post.{canWrite && ' You can restore any of its versions.'}
        </Alert>
      )}
      {from !== undefined && to !== undefined && (
        <CompareForm key={to} events={events} from={from} to={to} onCompare={compare} />
      )}
      {version !== null && !isListed && <LinkedVersion {...list} version={version} />}
      <VersionList {...list} />
      <RestoreDialog id={id} version={restoring} newest={newest} onClose={() => setRestoring(null)} />
    </>
  )
}

/** The version in the page's address, if it is older than the loaded ones. */
function LinkedVersion({ version, ...list }: VersionListProps & { version: number }) {
  const { data, error, refetch } = useQuery(versionQuery(list.id, version))
  if (error) return <ErrorNote message={explain(error)} onRetry={() => void refetch()} />
  if (data === undefined) return <Pending label="Loading…" />
  if (data === null) return <Text>{`Version ${version} not found. Check the link.`}</Text>
  return <VersionList {...list} events={[data]} />
}
