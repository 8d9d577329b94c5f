import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ListedPost } from '@wiredesk/client'
import { deletionQuery } from '../data/posts'

/** The reason why a row that keeps its place is no longer in the list. */
export function RemovalReason({ post }: { post: ListedPost }) {
  const { data: deletion } = useQuery(deletionQuery(post.id))
  const reason = deletion ? `Deleted by ${deletion.by.name}` : post.deletedAt === undefined ? 'No longer matches' : 'Restored'
  return (
    <Text span size="xs" c="dimmed">
      {reason}
    </Text>
  )
}
