import { Fieldset, Stack, VisuallyHidden } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { fieldErrors } from '../../../api/problem'
import type { Post } from '../../../api/types'
import { useLive } from '../../../live/useLive'
import { useSession } from '../../login/useSession'
import { ChoiceDialog } from './ChoiceDialog'
import { ContentField } from './ContentField'
import { DeskContext } from './Desk'
import { DetailFields } from './DetailFields'
import { disputed, touched, type Field } from './draft'
import { EditorHeader } from './EditorHeader'
import { EditorNotices } from './EditorNotices'
import classes from './editor.module.css'
import { LeaveDialog } from './LeaveDialog'
import { peopleAt } from '../data/PeopleHere'
import type { Gone } from '../data/posts'
import { TextField } from './TextField'
import { useEditing } from './useEditing'
import { useFollow } from '../data/useFollow'
import { useLeaveGuard } from './useLeaveGuard'
import { usePostActions } from '../data/usePostActions'

/** The form of a post, or with null of a new one. What is typed leaves it only by its author's hand. */
export function PostEditor({ post, gone = null }: { post: Post | null; gone?: Gone | null }) {
  const navigate = useNavigate()
  const work = useEditing(post)
  const { editing, draft, isSaving, failure } = work
  const { user } = useSession()
  const { presence } = useLive()
  const actions = usePostActions()
  const isDirty = touched(draft).length > 0
  const onFocus = useFollow(post?.id ?? null, isDirty)
  const guard = useLeaveGuard(isDirty)
  const [asked, setAsked] = useState<readonly Field[]>([])

  const save = async (published = false) => {
    const answer = await editing.save(published)
    if (answer && !post) void navigate(`/posts/${answer.id}`, { replace: true })
    if (!answer) setAsked(disputed(editing.get().draft))
    return answer
  }
  const publish = async (published: boolean) => {
    if (!post) return void save(published)
    const now = isDirty ? await save() : post
    if (now) await actions.publish(now, published)
  }
  const remove = async () => {
    if (post && (await actions.remove(post))) void navigate('/')
  }
  useHotkeys([['mod+S', () => void save()]], [])

  const people = post ? peopleAt(presence, post.id, user?.id ?? 0) : []
  return (
    <DeskContext value={{ ...work, errors: fieldErrors(failure), people, onFocus, onChoose: setAsked }}>
      <title>{`${draft.mine.title || 'New post'} · Wiredesk`}</title>
      <VisuallyHidden component="h1">{post ? 'Edit post' : 'New post'}</VisuallyHidden>
      <EditorHeader
        post={post}
        onSave={() => void save()}
        onPublish={(published) => void publish(published)}
        onDelete={() => void remove()}
      />
      <EditorNotices
        gone={gone}
        onRestore={() => post && gone && void actions.restore(post.id, gone.version - 1)}
        onSave={() => void save()}
        onDiscard={() => editing.discard(post)}
      />
      <Fieldset variant="unstyled" disabled={isSaving && !post} p={0} m={0}>
        <Stack gap="md">
          <div className={classes.title}>
            <TextField field="title" maxLength={200} isRequired />
          </div>
          <ContentField />
          <DetailFields />
        </Stack>
      </Fieldset>
      <ChoiceDialog fields={asked} onClose={() => setAsked([])} />
      <LeaveDialog opened={guard.isAsking} onStay={guard.stay} onLeave={guard.leave} />
    </DeskContext>
  )
}
