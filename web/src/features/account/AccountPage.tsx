import { Card, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { PageHeader } from '../../ui/PageHeader'
import { useSession } from '../login/useSession'
import { AppearanceChoice } from './AppearanceChoice'
import { ImageHosts } from './ImageHosts'
import { PasswordForm } from './PasswordForm'
import { SessionList } from './SessionList'

/** The signed-in user's sessions, password, appearance, and the hosts whose images load without a click. */
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
            Active sessions
          </Title>
          <SessionList />
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
              Appearance
            </Title>
            <AppearanceChoice />
          </Card>
          <Card withBorder padding="lg">
            <Title order={2} mb="md">
              Images from other sites
            </Title>
            <ImageHosts />
          </Card>
        </Stack>
      </SimpleGrid>
    </>
  )
}
