import { Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import type { SignOutQuestion } from './useSignOut'

/** Asks before the sign-out whether to keep or delete the unsaved text in this browser, which others may use. */
export function SignOutDialog({ unsaved, cancel, keep, remove }: SignOutQuestion) {
  return (
    <Modal opened={unsaved !== null} onClose={cancel} title="Sign out with unsaved text?">
      <Stack>
        <Text size="sm">
          This browser has unsaved text. If you keep it, it stays on this computer until you sign in again and save it.
          Other users of this browser can read it.
        </Text>
        <List size="sm">{unsaved?.map(({ key, title }) => <List.Item key={key}>{title || 'Untitled post'}</List.Item>)}</List>
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={cancel} data-autofocus>
            Cancel
          </Button>
          <Button variant="default" color="red" onClick={remove}>
            Delete it and sign out
          </Button>
          <Button onClick={keep}>Keep it and sign out</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
