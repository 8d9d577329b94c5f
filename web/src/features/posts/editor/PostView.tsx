import { Alert, Anchor, Group } from '@mantine/core'
import { Link } from 'react-router'
import type { Post, PresenceUser } from '@wiredesk/client'
import { LastChangeText } from '../data/LastChangeText'
import { PeopleHere } from '../data/PeopleHere'
import { StatusBadge } from '../data/StatusBadge'
import { useLastChange } from '../data/useLastChange'
import { RenderedPost } from '../preview/RenderedPost'

type Props = { post: Post; people: readonly PresenceUser[]; deletedBy: string | null }

const back = { to: '/', label: 'Back to posts' }

/** A post for viewers: the working text, updated as others save it. */
export function PostView({ post, people, deletedBy }: Props) {
  const { words } = useLastChange(post)
  return (
    <>
      <title>{`${post.title} · Wiredesk`}</title>
      {deletedBy !== null && (
        <Alert color="red" variant="outline" role="alert" mb="md">
          {deletedBy} deleted this post.
        </Alert>
      )}
      <RenderedPost post={post} back={back}>
        <Group gap="sm">
          <StatusBadge isPublished={post.published} />
          <LastChangeText words={words} at={post.updatedAt} />
          <Anchor component={Link} to={`/posts/${post.id}/history`} size="sm">
            History
          </Anchor>
          <PeopleHere people={people} />
        </Group>
      </RenderedPost>
    </>
  )
}
