import { Badge } from '@mantine/core'

export function StatusBadge({ isPublished }: { isPublished: boolean }) {
  return <Badge color={isPublished ? 'teal' : 'gray'}>{isPublished ? 'Published' : 'Draft'}</Badge>
}
