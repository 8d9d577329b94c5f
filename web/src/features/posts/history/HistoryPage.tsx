import { Accordion, Alert, Anchor, Stack } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { parsePostId, type PostId } from '../../../api/ids'
import { explain } from '../../../api/problem'
import { EmptyState } from '../../../ui/EmptyState'
import { ErrorNote } from '../../../ui/ErrorNote'
import { LoadMore } from '../../../ui/LoadMore'
import { PageHeader } from '../../../ui/PageHeader'
import { Pending } from '../../../ui/Pending'
import { useSession } from '../../login/useSession'
import { HistoryEntry } from './HistoryEntry'
import { historyQuery } from '../data/posts'
import { usePostActions } from '../data/usePostActions'

/** Every version of one post, newest first; of a deleted one as well. */
export function HistoryPage() {
  const id = parsePostId(useParams()['id'])
  if (id === null) return <EmptyState title="There is no such post">The address names none.</EmptyState>
  return <History id={id} />
}

function History({ id }: { id: PostId }) {
  const { can } = useSession()
  const { restore } = usePostActions()
  const [opened, setOpened] = useState<string | null>(null)
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(historyQuery(id))
  if (!data) {
    return error ? <ErrorNote message={explain(error)} onRetry={() => void refetch()} /> : <Pending label="Reading the history" />
  }
  const events = data.pages.flatMap((page) => page.items)
  const [newest] = events
  const current = newest && newest.type !== 'blog-deleted' ? { content: '', ...newest.data } : null
  const title = events.flatMap((event) => (event.type === 'blog-deleted' ? [] : event.data.title))[0]
  return (
    <Stack gap="sm">
      <PageHeader title={`History of ${title ?? newest?.data.slug ?? 'a post'}`}>
        {current && (
          <Anchor component={Link} to={`/posts/${id}`}>
            Open the post
          </Anchor>
        )}
      </PageHeader>
      {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
      {newest && !current && (
        <Alert color="red" variant="outline">
          {newest.actor.name} deleted this post. Any of its versions can be restored.
        </Alert>
      )}
      <Accordion variant="separated" value={opened} onChange={setOpened} order={2}>
        {events.map((event) => (
          <HistoryEntry
            key={event.seq}
            event={event}
            current={current}
            isOpen={opened === String(event.seq)}
            onRestore={can('write') ? (version) => void restore(id, version) : null}
          />
        ))}
      </Accordion>
      {hasNextPage && <LoadMore isLoading={isFetchingNextPage} onLoad={() => void fetchNextPage()} />}
    </Stack>
  )
}
