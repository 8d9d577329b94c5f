import { Anchor, Group, Stack, Title } from '@mantine/core'
import { Suspense } from 'react'
import { Link } from 'react-router'
import type { PostId, StoredEvent } from '@wiredesk/client'
import { Pending } from '../../../ui/Pending'
import { CompareForm } from './CompareForm'
import { Compared } from './VersionPanel'

type Props = {
  id: PostId
  from: number
  to: number
  events: readonly StoredEvent[]
  onCompare: (from: number, to: number) => void
}

/** Any two versions of a post beside each other. */
export function Comparison({ id, from, to, events, onCompare }: Props) {
  return (
    <Stack gap="md">
      <Group justify="space-between" align="end">
        <CompareForm key={`${from}-${to}`} events={events} from={from} to={to} onCompare={onCompare} />
        <Anchor component={Link} to={`/posts/${id}/history`} size="sm">
          All versions
        </Anchor>
      </Group>
      <Title order={2}>{`Version ${from} compared with version ${to}`}</Title>
      <Suspense fallback={<Pending label="Loading…" />}>
        <Compared id={id} from={from} to={to} />
      </Suspense>
    </Stack>
  )
}
