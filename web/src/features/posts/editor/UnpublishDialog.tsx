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
    if (outcome.kind === 'failed') showError('Not unpublished', explain(outcome.error))
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
        Readers will get “404 Not found” at its address. The text is kept as a draft, with its history.
        {changes !== 0 && ' The published text then is an earlier version: to publish exactly that again, restore it from the history first.'}
      </Text>
    </ConfirmDialog>
  )
}

/** Undo is offered when it shows readers exactly the text that they had. */
function report(editing: Editing, post: Post, canUndo: boolean): void {
  const text = 'The post is unpublished. Readers can no longer see it.'
  if (canUndo) showUndo(`unpublished-${post.id}`, text, () => void republish(editing, post.version))
  else showDone(text)
}

async function republish(editing: Editing, version: number): Promise<void> {
  const outcome = await editing.republish(version)
  if (outcome.kind === 'changed') showError('Not published', 'The post has changed since. Publish it from its page.')
  else if (outcome.kind === 'failed') showError('Not published', explain(outcome.error))
}
