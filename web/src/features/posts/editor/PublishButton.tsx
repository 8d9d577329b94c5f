import { Button, Text } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { type MouseEvent, useState } from 'react'
import type { Post } from '@wiredesk/client'
import { explain } from '../../../api/problem'
import { ConfirmDialog } from '../../../ui/ConfirmDialog'
import { showDone, showError } from '../../../ui/notify'
import { useEditing, useEditor } from './EditorContext'
import { firstRefused, showField } from './showField'
import { useLiveChanges } from './useLiveChanges'
import { isTyping } from './isTyping'

/**
 * Shows the current text to readers. It has the same place in each state and never unpublishes; it is disabled for a second
 * click.
 */
export function PublishButton({ post }: { post: Post | null }) {
  const { editing, onReview, readOnlyReason } = useEditor()
  const [changedBy, setChangedBy] = useState<string | null>(null)
  const busy = useEditing((state) => state.busy)
  const isUnsaved = useEditing(editing.isUnsaved)
  const changes = useLiveChanges(post)
  const isPublished = post?.published ?? false
  const hasChanges = isUnsaved || changes !== 0
  const isBlocked = useEditing(({ block }) => block !== null) || readOnlyReason !== null

  const publish = async () => {
    setChangedBy(null)
    const outcome = await editing.publish()
    switch (outcome.kind) {
      case 'done':
        return showDone(isPublished ? 'The changes were published.' : 'The post was published.')
      case 'changed':
        return isTyping() ? notifyChanged(outcome.by) : setChangedBy(outcome.by)
      case 'failed':
        return showError('Couldn’t publish the post', explain(outcome.error))
      case 'not-saved': {
        if (isTyping()) return
        const refused = firstRefused(editing.get())
        if (outcome.result === 'conflict') onReview()
        else if (refused !== null) showField(refused)
      }
    }
  }
  /** The second click of a double-click is ignored. */
  const onClick = ({ detail }: MouseEvent) => {
    if (detail <= 1) void publish()
  }
  const isDone = isPublished && !hasChanges
  return (
    <>
      <Button
        onClick={onClick}
        loading={busy === 'publishing'}
        disabled={isDone || isBlocked || busy !== null || (post === null && !isUnsaved)}
        leftSection={isDone ? <IconCheck size={16} aria-hidden /> : null}
        miw="10.5rem"
      >
        {isDone ? 'Published' : isPublished ? 'Publish changes' : 'Publish'}
      </Button>
      <ConfirmDialog
        opened={changedBy !== null}
        title="The post has changed"
        confirmLabel="Publish with these changes"
        cancelLabel="Review first"
        onConfirm={() => void publish()}
        onCancel={() => setChangedBy(null)}
      >
        <Text size="sm">
          {changedBy === null ? '' : describeChanged(changedBy)}
        </Text>
      </ConfirmDialog>
    </>
  )
}

const describeChanged = (by: string): string =>
  `${by} changed this post before it was published. The changes are now in your editor. Review them, then publish the post.`

/** In place of the dialog while the user types: the dialog would receive the keys. */
function notifyChanged(by: string): void {
  showError('Post not published', describeChanged(by))
}
