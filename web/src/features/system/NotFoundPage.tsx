import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { EmptyState } from '../../ui/EmptyState'

/** For an address that no page has. */
export function NotFoundPage() {
  return (
    <EmptyState title="Nothing is at this address" level={1}>
      <title>Not found · Wiredesk</title>
      <Anchor component={Link} to="/">
        Go to the posts
      </Anchor>
    </EmptyState>
  )
}
