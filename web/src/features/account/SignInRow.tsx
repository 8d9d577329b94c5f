import { Button, Group, Text } from '@mantine/core'
import type { SignIn } from '../../api/types'
import { Ago } from '../../ui/Ago'
import { browserName } from './browserName'

/** One browser, when it was used last, and the way to sign it out. */
export function SignInRow({ signIn, onEnd }: { signIn: SignIn; onEnd: () => void }) {
  const name = browserName(signIn.userAgent)
  return (
    <Group justify="space-between" wrap="nowrap">
      <div>
        <Text fw={500}>{name}</Text>
        <Text size="sm" c="dimmed">
          {signIn.current ? 'This browser' : <>Last used <Ago at={signIn.lastUsedAt} /></>}
        </Text>
      </div>
      {!signIn.current && (
        <Button variant="default" size="xs" aria-label={`Sign out ${name}`} onClick={onEnd}>
          Sign out
        </Button>
      )}
    </Group>
  )
}
