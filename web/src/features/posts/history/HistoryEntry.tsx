import { Accordion, Badge, Button, Group, Text } from '@mantine/core'
import type { Post, StoredEvent } from '../../../api/types'
import { Ago } from '../../../ui/Ago'
import { describeChange } from '../../../ui/describeChange'
import { VersionDetail } from './VersionDetail'

type Props = {
  event: StoredEvent
  /** The post as it is now; null when it is deleted. */
  current: Post | null
  isOpen: boolean
  /** Null for those who may only read. */
  onRestore: ((version: number) => void) | null
}

/** One version: who made it, when and how, and what it was. */
export function HistoryEntry({ event, current, isOpen, onRestore }: Props) {
  const { actor, time, type, data } = event
  const { version } = data
  const isCurrent = current?.version === version
  const published = type !== 'blog-deleted' && data.published
  return (
    <Accordion.Item value={String(event.seq)}>
      <Accordion.Control>
        <Group gap="sm">
          <Badge color="gray">{`Version ${version}`}</Badge>
          {isCurrent && <Badge color="teal">Now</Badge>}
          <Text size="sm">
            <strong>{actor.name}</strong> {describeChange({ ...event, version, published })}, <Ago at={time} />
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        {type === 'blog-deleted' && <Text size="sm">With this version the post was deleted.</Text>}
        {isOpen && type !== 'blog-deleted' && (
          <>
            {onRestore && !isCurrent && (
              <Button size="xs" mb="sm" onClick={() => onRestore(version)}>
                {`Restore version ${version}`}
              </Button>
            )}
            <VersionDetail post={{ content: '', ...data }} current={isCurrent ? null : current} />
          </>
        )}
      </Accordion.Panel>
    </Accordion.Item>
  )
}
