import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation, useNavigate, useParams } from 'react-router'
import { ApiError, parsePostId, type Post, type PostId } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { explain } from '../../../api/problem'
import { EmptyState } from '../../../ui/EmptyState'
import { ErrorNote } from '../../../ui/ErrorNote'
import { Pending } from '../../../ui/Pending'
import { useSession } from '../../login/useSession'
import { peopleAt } from '../data/PeopleHere'
import { deletionQuery, postQuery } from '../data/posts'
import { useFollow } from '../data/useFollow'
import { findSession } from './editorSession'
import { PostEditor } from './PostEditor'
import { PostView } from './PostView'
import { StoredTexts } from './StoredTexts'

/** The path segment of a new post. */
const newSegment = 'new'

/**
 * A new post, or one that exists: to edit for editors, to read for viewers. When the first save creates the post, the
 * address changes and the editor stays mounted: its key is then still that of the new post.
 */
export function PostEditorPage() {
  const { id } = useParams()
  const { key: entry, state } = useLocation()
  const navigate = useNavigate()
  const [created, setCreated] = useState<{ id: PostId; newId: string } | null>(null)
  const postId = parsePostId(id)
  if (postId === null && id !== newSegment) return <PostNotFound />
  const isCreated = created !== null && created.id === postId
  const newId = isCreated ? created.newId : entry
  const onCreated = (newPostId: PostId) => {
    setCreated({ id: newPostId, newId })
    void navigate(`/posts/${newPostId}`, { replace: true })
  }
  const key = postId === null || isCreated ? `new-${newId}` : String(postId)
  return <OpenPost key={key} id={postId} newId={newId} restoreKey={restoreKeyOf(state)} onCreated={onCreated} />
}

/** The record of a closed tab that a navigation asks to restore. */
const restoreKeyOf = (state: unknown): string | null =>
  typeof state === 'object' && state !== null && 'restore' in state && typeof state.restore === 'string' ? state.restore : null

type Props = { id: PostId | null; newId: string; restoreKey: string | null; onCreated: (id: PostId) => void }

function OpenPost({ id, ...editorProps }: Props) {
  const { can, user } = useSession()
  // After the loss of the editor role the form stays, read-only.
  const [isWriter, setIsWriter] = useState(() => can('write'))
  if (!isWriter && can('write')) setIsWriter(true)
  const { data: post, error, refetch } = useQuery({ ...postQuery(id ?? noPost), enabled: id !== null })
  const { data: deletion } = useQuery(deletionQuery(id ?? noPost))
  // A form with unsaved text stays with the post that it had when the database no longer has it.
  const [held, setHeld] = useState(post)
  if (post && post !== held) setHeld(post)
  const isKept = !post && isWriter && id !== null && findSession(user?.id ?? 0, id, '')?.editing.isUnsaved() === true
  if (isKept && held) return <PostEditor post={held} deletion={null} {...editorProps} />
  if (id !== null && !post) {
    if (error instanceof ApiError && error.status === 404) return <PostNotFound id={id} />
    if (error) return <ErrorNote message={explain(error)} onRetry={() => void refetch()} />
    return <Pending label="Loading…" />
  }
  if (isWriter) return <PostEditor post={post ?? null} deletion={deletion ?? null} {...editorProps} />
  if (post) return <ReadOnlyPost post={post} deletedBy={deletion?.by.name ?? null} />
  return <EmptyState title="You have read-only access">Ask an administrator for the Editor role.</EmptyState>
}

/** An id that no post has: the queries of a new post are disabled. */
const noPost = 0 as PostId

function ReadOnlyPost({ post, deletedBy }: { post: Post; deletedBy: string | null }) {
  const { presence } = useLive()
  const { user } = useSession()
  useFollow(post.id)
  return <PostView post={post} people={peopleAt(presence, post.id, user?.id ?? 0)} deletedBy={deletedBy} />
}

function PostNotFound({ id }: { id?: PostId }) {
  return (
    <EmptyState title="Post not found">
      {id === undefined ? (
        <Text c="dimmed">Check the link.</Text>
      ) : (
        <Text c="dimmed">
          If it was deleted, restore it from its{' '}
          <Anchor component={Link} to={`/posts/${id}/history`}>
            history
          </Anchor>
          .
        </Text>
      )}
      {id !== undefined && <StoredTexts id={id} />}
    </EmptyState>
  )
}
