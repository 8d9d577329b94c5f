import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { parsePostId, type PostId } from '../../../api/ids'
import { ApiError, explain } from '../../../api/problem'
import type { Post } from '../../../api/types'
import { useLive } from '../../../live/useLive'
import { EmptyState } from '../../../ui/EmptyState'
import { ErrorNote } from '../../../ui/ErrorNote'
import { Pending } from '../../../ui/Pending'
import { useSession } from '../../login/useSession'
import { peopleAt } from '../data/PeopleHere'
import { PostEditor } from './PostEditor'
import { goneQuery, postQuery } from '../data/posts'
import { PostView } from './PostView'
import { useFollow } from '../data/useFollow'

/** A new post, or one that exists: to write for editors, to read for viewers. */
export function PostEditorPage() {
  const { id } = useParams()
  const { can } = useSession()
  const postId = parsePostId(id)
  if (postId !== null) return <OpenPost key={postId} id={postId} />
  if (id !== undefined) return <NoSuchPost />
  if (!can('write')) return <EmptyState title="You may read, not write">Ask an administrator to make you an editor.</EmptyState>
  return <PostEditor post={null} />
}

function OpenPost({ id }: { id: PostId }) {
  const { can } = useSession()
  const { data: post, error, refetch } = useQuery(postQuery(id))
  const { data: gone } = useQuery(goneQuery(id))
  if (!post) {
    if (error instanceof ApiError && error.status === 404) return <NoSuchPost id={id} />
    if (error) return <ErrorNote message={explain(error)} onRetry={() => void refetch()} />
    return <Pending label="Opening the post" />
  }
  if (can('write')) return <PostEditor post={post} gone={gone ?? null} />
  return <ReadOnly post={post} deletedBy={gone?.by.name ?? null} />
}

function ReadOnly({ post, deletedBy }: { post: Post; deletedBy: string | null }) {
  const { presence } = useLive()
  const { user } = useSession()
  useFollow(post.id)
  return <PostView post={post} people={peopleAt(presence, post.id, user?.id ?? 0)} deletedBy={deletedBy} />
}

function NoSuchPost({ id }: { id?: PostId }) {
  return (
    <EmptyState title="There is no such post">
      {id === undefined ? (
        <Text c="dimmed">The address names none.</Text>
      ) : (
        <Text c="dimmed">
          If it was deleted, its{' '}
          <Anchor component={Link} to={`/posts/${id}/history`}>
            history
          </Anchor>{' '}
          can bring it back.
        </Text>
      )}
    </EmptyState>
  )
}
