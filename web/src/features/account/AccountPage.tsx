import { Card, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { PageHeader } from '../../ui/PageHeader'
import { useSession } from '../login/useSession'
import { ColorSchemeChoice } from './ColorSchemeChoice'
import { PasswordForm } from './PasswordForm'
import { SignInList } from './SignInList'

/** One's own password, browsers and colours. */
export function AccountPage() {
  const { user } = useSession()
  return (
    <>
      <PageHeader title="Account">
        <Text c="dimmed">
          {user?.name} · {user?.email} · {user?.role}
        </Text>
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Card withBorder padding="lg">
          <Title order={2} mb="md">
            Where you are signed in
          </Title>
          <SignInList />
        </Card>
        <Stack gap="lg">
          <Card withBorder padding="lg">
            <Title order={2} mb="md">
              Password
            </Title>
            <PasswordForm />
          </Card>
          <Card withBorder padding="lg">
            <Title order={2} mb="md">
              Colours
            </Title>
            <ColorSchemeChoice />
          </Card>
        </Stack>
      </SimpleGrid>
    </>
  )
}
