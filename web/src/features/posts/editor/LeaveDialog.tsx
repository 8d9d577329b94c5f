import { Button, Group, Modal, Text } from '@mantine/core'

type Props = { opened: boolean; onStay: () => void; onLeave: () => void }

export function LeaveDialog({ opened, onStay, onLeave }: Props) {
  return (
    <Modal opened={opened} onClose={onStay} title="Leave without saving?">
      <Text size="sm">
        Your changes are not saved. A copy is kept in this browser and restored when you reopen the post.
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onLeave}>
          Leave
        </Button>
        <Button onClick={onStay} data-autofocus>
          Stay
        </Button>
      </Group>
    </Modal>
  )
}
