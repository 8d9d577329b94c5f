import { Button, Group } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { Post } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { useSession } from '../../login/useSession'
import { peopleAt, PeopleHere } from '../data/PeopleHere'
import type { Deletion } from '../data/posts'
import { StatusBadge } from '../data/StatusBadge'
import { useEditing, useEditor } from './EditorContext'
import classes from './editor.module.css'
import { EditorMenu } from './EditorMenu'
import { NoticeStrip } from './NoticeStrip'
import { PublishButton } from './PublishButton'
import { SaveState } from './SaveState'
import { UnpublishedChanges } from './UnpublishedChanges'

type Props = { post: Post | null; deletion: Deletion | null; onRestore: () => void; onDelete: () => void }

/** The state of the post and the actions on it. On a screen with room for it, it stays in view. */
export function EditorHeader({ post, deletion, onRestore, onDelete }: Props) {
  return (
    <div className={classes.header}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <Button component={Link} to="/" variant="subtle" size="compact-sm" leftSection={<IconChevronLeft size={16} aria-hidden />}>
            Posts
          </Button>
          <StatusBadge isPublished={post?.published ?? false} />
          {post?.published && <UnpublishedChanges post={post} />}
          <People />
        </Group>
        <Group gap="xs" className={classes.actions}>
          <SaveState updatedAt={post?.updatedAt ?? null} />
          <SaveButton />
          <PublishButton post={post} />
          <EditorMenu post={post} onDelete={onDelete} />
        </Group>
      </Group>
      <NoticeStrip post={post} deletion={deletion} onRestore={onRestore} />
    </div>
  )
}

function SaveButton() {
  const { editing, onSave, readOnlyReason } = useEditor()
  const isBusy = useEditing(({ busy }) => busy !== null)
  const canSave = useEditing(editing.isUnsaved)
  return (
    <Button variant="default" onClick={onSave} disabled={!canSave || isBusy || readOnlyReason !== null} title="Ctrl+S">
      Save
    </Button>
  )
}

function People() {
  const { presence } = useLive()
  const { user } = useSession()
  const postId = useEditing((state) => state.postId)
  return postId === null ? null : <PeopleHere people={peopleAt(presence, postId, user?.id ?? 0)} />
}
