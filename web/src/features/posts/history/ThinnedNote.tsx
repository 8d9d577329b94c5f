import type { TextVersion } from '../data/versions'
import { Button, Group, Text } from '@mantine/core'

type Props = { nearest: TextVersion | null; onOpen: (version: number) => void }

/** In place of the text of a version that was saved automatically and thinned since. */
export function ThinnedNote({ nearest, onOpen }: Props) {
  return (
    <Group gap="sm">
      <Text size="sm">Text of this autosaved version is no longer kept.</Text>
      {nearest && (
        <Button size="xs" variant="default" onClick={() => onOpen(nearest.data.version)}>
          {`Open version ${nearest.data.version}`}
        </Button>
      )}
    </Group>
  )
}
