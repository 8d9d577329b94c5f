import { Text } from '@mantine/core'
import { useState } from 'react'
import type { Post } from '@wiredesk/client'
import { explain } from '../../../api/problem'
import { ConfirmDialog } from '../../../ui/ConfirmDialog'
import { showDone, showError, showUndo } from '../../../ui/notify'
import { useEditor } from './EditorContext'
import type { Editing } from './editing'
import { useLiveChanges } from './useLiveChanges'

type Props = { post: Post; opened: boolean; onClose: () => void }

/** Asks before the post is hidden from readers. Unpublishing saves no text. */
export function UnpublishDialog({ post, opened, onClose }: Props) {
  const { editing } = useEditor()
  const [isBusy, setIsBusy] = useState(false)
  const changes = useLiveChanges(post)

  const unpublish = async () => {
    setIsBusy(true)
    const outcome = await editing.unpublish()
    setIsBusy(false)
    onClose()
    if (outcome.kind === 'failed') showError('Couldn’t unpublish the post', explain(outcome.error))
    else if (outcome.kind === 'done') report(editing, outcome.post, changes === 0)
  }
  return (
    <ConfirmDialog
      opened={opened}
      title="Unpublish this post?"
      confirmLabel="Unpublish"
      color="red"
      isBusy={isBusy}
      onConfirm={() => void unpublish()}
      onCancel={onClose}
    >
      <Text size="sm">
        Readers will see “404 Not found” at its URL. The text is kept as a draft, with its history.
        {changes !== 0 && ' Readers see an earlier version now. To publish that version again, restore it from the history first.'}
      </Text>
    </ConfirmDialog>
  )
}

/** Undo is offered when it shows readers exactly the text that they had. */
function report(editing: Editing, post: Post, canUndo: boolean): void {
  const text = 'The post was unpublished. Readers can no longer see it.'
  if (canUndo) showUndo(`unpublished-${post.id}`, text, () => void republish(editing, post.version))
  else showDone(text)
}

async function republish(editing: Editing, version: number): Promise<void> {
  const outcome = await editing.republish(version)
  if (outcome.kind === 'changed') showError('Couldn’t publish the post', 'The post has changed. Review it, then publish it.')
  else if (outcome.kind === 'failed') showError('Couldn’t publish the post', explain(outcome.error))
}
