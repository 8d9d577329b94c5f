import { Badge, Text, VisuallyHidden } from '@mantine/core'

/** `hasUnpublishedChanges`: readers see an earlier version. */
export function StatusBadge({ isPublished, hasUnpublishedChanges = false }: { isPublished: boolean; hasUnpublishedChanges?: boolean }) {
  const badge = <Badge color={isPublished ? 'teal' : 'gray'}>{isPublished ? 'Published' : 'Draft'}</Badge>
  if (!hasUnpublishedChanges) return badge
  return (
    <div>
      {badge}
      <Text size="xs" c="dimmed">
        <VisuallyHidden>· </VisuallyHidden>
        unpublished changes
      </Text>
    </div>
  )
}
