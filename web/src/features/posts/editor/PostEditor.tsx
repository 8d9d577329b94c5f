import { Stack, VisuallyHidden } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useEffect, useEffectEvent, useMemo, useState, useSyncExternalStore } from 'react'
import { useNavigate } from 'react-router'
import type { Post, PostId } from '@wiredesk/client'
import { Pending } from '../../../ui/Pending'
import { useUnsavedText } from '../../../ui/unsavedText'
import { useSession } from '../../login/useSession'
import type { Deletion } from '../data/posts'
import { useFollow } from '../data/useFollow'
import { usePostActions } from '../data/usePostActions'
import { ConflictDialog } from './ConflictDialog'
import { ContentField } from './ContentField'
import { textToCopy } from './copyText'
import { DetailFields } from './DetailFields'
import { conflictedFields } from './draft'
import { EditorContext, useEditing, type EditorContextValue } from './EditorContext'
import { EditorHeader } from './EditorHeader'
import type { EditorSession } from './editorSession'
import { LeaveDialog } from './LeaveDialog'
import { firstRefused, showField } from './showField'
import { TitleField } from './TitleField'
import { useEditorSession, useFeed } from './useEditorSession'
import { useLeaveGuard } from './useLeaveGuard'
import { isTyping } from './isTyping'

type Props = {
  /** Null for a new post. */
  post: Post | null
  deletion: Deletion | null
  newId: string
  restoreKey: string | null
  onCreated: (id: PostId) => void
}

/** The form of a post. */
export function PostEditor(props: Props) {
  const session = useEditorSession(props)
  if (session === null) return <Pending label="Loading…" />
  return <EditorForm session={session} {...props} />
}

function EditorForm({ session, post, deletion, onCreated }: Props & { session: EditorSession }) {
  const { editing } = session
  const { can } = useSession()
  const navigate = useNavigate()
  const actions = usePostActions()
  const [isReviewing, setIsReviewing] = useState(false)
  const isReadOnly = !can('write')
  useFeed(session, post, deletion ? 'deleted' : isReadOnly ? 'read-only' : null)
  useCreated(session, post, onCreated)
  useUnsavedText(() => (editing.isUnsaved() ? textToCopy(editing.get().draft) : null))
  const isDirty = useSyncExternalStore(editing.watch, editing.isUnsaved)
  const follow = useFollow(post?.id ?? null, isDirty)

  const context = useMemo((): EditorContextValue => {
    const save = async () => {
      if (conflictedFields(editing.get().draft).length > 0) setIsReviewing(true)
      const typed = editing.typed
      const result = await editing.save()
      const refused = firstRefused(editing.get())
      if (result === 'conflict') {
        if (!isTyping()) setIsReviewing(true)
      } else if (refused !== null && (editing.typed === typed || !isTyping())) showField(refused)
    }
    return {
      session,
      editing,
      readOnlyReason: isReadOnly ? 'You can no longer save: your role changed to read-only access.' : null,
      onFocus: follow.setField,
      onLine: follow.setLine,
      onSave: () => void save(),
      onReview: () => setIsReviewing(true),
    }
  }, [session, editing, isReadOnly, follow])
  useHotkeys([['mod+S', context.onSave]], [])

  const remove = async () => {
    const result = await editing.save()
    if (!post || (result !== 'saved' && result !== 'idle')) return
    if (await actions.remove({ ...post, version: editing.get().draft.version })) void navigate('/')
  }
  return (
    <EditorContext value={context}>
      <DocumentTitle />
      <VisuallyHidden component="h1">{post ? 'Edit post' : 'New post'}</VisuallyHidden>
      <EditorHeader
        post={post}
        deletion={deletion}
        onRestore={() => post && deletion && void actions.restore(post.id, deletion.version - 1)}
        onDelete={() => void remove()}
      />
      <Stack gap="md">
        <TitleField />
        <ContentField />
        <DetailFields post={post} />
      </Stack>
      <ConflictDialog opened={isReviewing} onClose={() => setIsReviewing(false)} />
      <LeaveGuard />
    </EditorContext>
  )
}

/** Reports the id of the post that the first save has created, once. */
function useCreated({ editing }: EditorSession, post: Post | null, onCreated: (id: PostId) => void): void {
  const createdId = useSyncExternalStore(editing.watch, () => editing.get().postId)
  const isNew = post === null
  const report = useEffectEvent((id: PostId) => isNew && onCreated(id))
  useEffect(() => {
    if (createdId !== null) report(createdId)
  }, [createdId])
}

function DocumentTitle() {
  const title = useEditing(({ draft }) => draft.mine.title)
  return <title>{`${title.trim() || 'New post'} · Wiredesk`}</title>
}

function LeaveGuard() {
  const guard = useLeaveGuard()
  return <LeaveDialog opened={guard.isAsking} onStay={guard.stay} onLeave={guard.leave} />
}
