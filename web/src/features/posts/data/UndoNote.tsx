import { Button, Group, Text } from '@mantine/core'

/** A notification's text with the way back beside it. */
export function UndoNote({ text, onUndo }: { text: string; onUndo: () => void }) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <Text size="sm">{text}</Text>
      <Button size="xs" variant="default" flex="none" onClick={onUndo}>
        Undo
      </Button>
    </Group>
  )
}
