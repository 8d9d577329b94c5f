import { Button, Text } from '@mantine/core'
import { EmptyState } from '../../../ui/EmptyState'

export function NoMatches({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState title="No post matches">
      <Text c="dimmed">There are posts, but none that pass this search and these filters.</Text>
      <Button variant="default" onClick={onClear}>
        Clear the filters
      </Button>
    </EmptyState>
  )
}
