import { Button, Code, Text } from '@mantine/core'
import { Link } from 'react-router'
import { EmptyState } from '../../../ui/EmptyState'

/** How to begin: the first sight of a new installation. */
export function EmptyBlog({ canWrite }: { canWrite: boolean }) {
  if (!canWrite) return <EmptyState title="No posts yet">The first post appears here as soon as somebody writes it.</EmptyState>
  return (
    <EmptyState title="No posts yet">
      <Text c="dimmed">Write the first one. Everybody who is signed in sees it as you save it.</Text>
      <Button component={Link} to="/posts/new" my="xs">
        Write the first post
      </Button>
      <Text c="dimmed" size="sm">
        Have a folder of Markdown files already? Run <Code>wiredesk import DIR</Code> where Wiredesk runs.
      </Text>
    </EmptyState>
  )
}
