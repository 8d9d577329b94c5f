import { Button, Group, Stack, Text } from '@mantine/core'
import { clearImageHosts, removeImageHost, useImageHosts } from '../../ui/externalImages'
import { useSession } from '../login/useSession'

/** The hosts whose images load without a click; kept in this browser. */
export function ImageHosts() {
  const owner = useSession().user?.id ?? null
  const hosts = useImageHosts(owner)
  return (
    <Stack gap="sm" align="stretch">
      <Text size="sm" c="dimmed">
        An image from another site loads after a click, because its host can record the request and your IP address.
        {hosts.length === 0
          ? ' Hosts that you allow in a post are listed here.'
          : ' Images from these hosts load without a click, for you in this browser:'}
      </Text>
      {hosts.map((host) => (
        <Group key={host} justify="space-between" wrap="nowrap">
          <Text size="sm" miw={0} style={{ overflowWrap: 'anywhere' }}>
            {host}
          </Text>
          <Button variant="default" size="xs" flex="none" aria-label={`Remove ${host}`} onClick={() => removeImageHost(owner, host)}>
            Remove
          </Button>
        </Group>
      ))}
      {hosts.length > 1 && (
        <Button variant="default" w="fit-content" onClick={() => clearImageHosts(owner)}>
          Remove all
        </Button>
      )}
    </Stack>
  )
}
