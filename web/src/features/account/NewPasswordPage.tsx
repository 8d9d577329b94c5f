import { Anchor, Card, Center, Stack, Text, Title } from '@mantine/core'
import { session } from '../../api/session'
import { Wordmark } from '../../ui/Wordmark'
import { PasswordForm } from './PasswordForm'

/** The only page of a user whose password was set by an administrator, until it is changed. */
export function NewPasswordPage() {
  return (
    <Center mih="100dvh" p="lg" component="main">
      <title>Change your password · Wiredesk</title>
      <Card withBorder padding="xl" maw={460} w="100%">
        <Stack>
          <Wordmark />
          <Title order={1} fz="h2">
            Change your password
          </Title>
          <Text size="sm">Your password is temporary. Choose a new one to continue.</Text>
          <PasswordForm onChanged={() => void session.refresh()} />
          <Anchor component="button" type="button" size="sm" onClick={() => void session.logout()}>
            Sign out
          </Anchor>
        </Stack>
      </Card>
    </Center>
  )
}
