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
        Images from other sites load only after a click, so that their hosts don’t get your IP address.
        {hosts.length === 0
          ? ' Hosts that you always allow are listed here.'
          : ' In this browser, images from these hosts load automatically:'}
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
