import { Button, Code, Text } from '@mantine/core'
import { Link } from 'react-router'
import { EmptyState } from '../../../ui/EmptyState'
import { isFiltering, isNarrowed, type Filter } from '../data/filter'

type Props = { filter: Filter; canWrite: boolean; onClear: () => void }

/** The list without posts: because of the filter, or because there are none. */
export function EmptyList({ filter, canWrite, onClear }: Props) {
  if (!isFiltering(filter)) return <EmptyBlog canWrite={canWrite} />
  if (filter.status === 'deleted' && !isNarrowed(filter)) {
    return <EmptyState title="No deleted posts">Posts you delete appear here. You can restore them.</EmptyState>
  }
  return (
    <EmptyState title="No posts found">
      <Text c="dimmed">No posts match your search and filters.</Text>
      <Button variant="default" onClick={onClear}>
        Clear filters
      </Button>
    </EmptyState>
  )
}

function EmptyBlog({ canWrite }: { canWrite: boolean }) {
  if (!canWrite) return <EmptyState title="No posts yet">New posts will appear here.</EmptyState>
  return (
    <EmptyState title="No posts yet">
      <Text c="dimmed">Write your first post. Everyone who is signed in sees it when you save.</Text>
      <Button component={Link} to="/posts/new" my="xs">
        Write the first post
      </Button>
      <Text c="dimmed" size="sm">
        To import Markdown files, run this on the server: <Code>wiredesk import DIR</Code>
      </Text>
    </EmptyState>
  )
}
