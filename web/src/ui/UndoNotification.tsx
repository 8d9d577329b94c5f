import { Button, Group, Kbd, Text } from '@mantine/core'
import { useEffect, useEffectEvent } from 'react'

/** The undo functions of the notifications on the screen, oldest first: the shortcut belongs to the newest. */
const offered: (() => void)[] = []

/** The text of a notification and its undo, which Ctrl+Z or ⌘Z runs too, except while text is edited. */
export function UndoNotification({ text, onUndo }: { text: string; onUndo: () => void }) {
  const undo = useEffectEvent(onUndo)
  useEffect(() => {
    const run = () => undo()
    const onKey = (event: KeyboardEvent) => {
      const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'z'
      if (!isUndo || isEditable(event.target) || offered.at(-1) !== run) return
      event.preventDefault()
      event.stopImmediatePropagation()
      run()
    }
    offered.push(run)
    window.addEventListener('keydown', onKey)
    return () => {
      offered.splice(offered.indexOf(run), 1)
      window.removeEventListener('keydown', onKey)
    }
  }, [])
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <Text size="sm" dir="auto" style={{ overflowWrap: 'anywhere' }}>
        {text}
      </Text>
      <Button
        size="xs"
        variant="default"
        onClick={onUndo}
        aria-label="Undo"
        aria-keyshortcuts="Control+Z Meta+Z"
        style={{ flexShrink: 0 }}
        rightSection={<Kbd size="xs">Ctrl Z</Kbd>}
      >
        Undo
      </Button>
    </Group>
  )
}

const isEditable = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
