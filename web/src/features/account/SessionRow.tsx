import { Button, Group, Text } from '@mantine/core'
import type { SessionInfo } from '@wiredesk/client'
import { Ago } from '../../ui/Ago'
import { browserName } from './browserName'

type Props = { session: SessionInfo; isBusy: boolean; onRevoke: () => void }

/** One session: the browser, its times, and the button that signs it out. */
export function SessionRow({ session, isBusy, onRevoke }: Props) {
  const name = browserName(session.userAgent)
  return (
    <Group justify="space-between" wrap="nowrap">
      <div>
        <Text fw={500}>{session.current ? `${name} (this device)` : name}</Text>
        <Text size="sm" c="dimmed">
          Signed in <Ago at={session.createdAt} /> · last used <Ago at={session.lastUsedAt} />
        </Text>
      </div>
      {!session.current && (
        <Button variant="default" size="xs" flex="none" aria-label={`Sign out ${name}`} loading={isBusy} onClick={onRevoke}>
          Sign out
        </Button>
      )}
    </Group>
  )
}
