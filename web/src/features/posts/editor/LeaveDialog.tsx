import { Button, Group, Modal, Text } from '@mantine/core'

type Props = { opened: boolean; onStay: () => void; onLeave: () => void }

export function LeaveDialog({ opened, onStay, onLeave }: Props) {
  return (
    <Modal opened={opened} onClose={onStay} title="Leave without saving?">
      <Text size="sm">Your changes are not saved. This browser keeps them, and brings them back when you open the post again.</Text>
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
