import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { EmptyState } from '../../ui/EmptyState'

/** The page for unknown addresses. */
export function NotFoundPage() {
  return (
    <EmptyState title="Page not found" level={1}>
      <title>Page not found · Wiredesk</title>
      <Anchor component={Link} to="/">
        Back to posts
      </Anchor>
    </EmptyState>
  )
}
