import { Button, Group, Text } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { Post } from '../../../api/types'
import { useDesk } from './Desk'
import { touched } from './draft'
import classes from './editor.module.css'
import { LastChangeText } from '../data/LastChangeText'
import { PeopleHere } from '../data/PeopleHere'
import { PostMenu } from '../list/PostMenu'
import { StatusBadge } from '../data/StatusBadge'
import { useLastChange } from '../data/useLastChange'

type Props = {
  post: Post | null
  onSave: () => void
  /** Saves what is typed first. */
  onPublish: (published: boolean) => void
  onDelete: () => void
}

/** The state of the work, and what can be done about it; always in sight. */
export function EditorHeader({ post, onSave, onPublish, onDelete }: Props) {
  const { draft, isSaving, failure, people } = useDesk()
  const isDirty = touched(draft).length > 0
  const isFailed = isDirty && failure !== null
  const color = isFailed ? 'red' : isDirty ? 'bright' : 'dimmed'
  const isPublished = post?.published ?? false
  return (
    <div className={classes.header}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <Button component={Link} to="/" variant="subtle" size="compact-sm" leftSection={<IconChevronLeft size={16} aria-hidden />}>
            Posts
          </Button>
          <StatusBadge isPublished={isPublished} />
          <PeopleHere people={people} />
        </Group>
        <Group gap="xs" className={classes.actions}>
          <Text size="sm" role="status" className={classes.state} fw={isDirty ? 600 : 400} c={color}>
            {isSaving ? 'Saving …' : isFailed ? 'Not saved' : isDirty ? 'Unsaved changes' : post ? 'Saved' : 'Not saved yet'}
          </Text>
          <Button variant="default" onClick={() => onPublish(!isPublished)} disabled={isSaving || (!post && !isDirty)}>
            {isPublished ? 'Take back to draft' : isDirty ? 'Save and publish' : 'Publish'}
          </Button>
          <Button onClick={onSave} loading={isSaving} disabled={!isDirty && draft.attempt === null} title="Ctrl+S">
            Save
          </Button>
          {post && <PostMenu post={post} actions={{ publish: (_, published) => onPublish(published), remove: onDelete }} />}
        </Group>
      </Group>
      {post && <ChangeLine post={post} />}
    </div>
  )
}

function ChangeLine({ post }: { post: Post }) {
  return <LastChangeText words={useLastChange(post).words} at={post.updatedAt} />
}
