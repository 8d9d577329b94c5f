import { Button, Group, Modal, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { explain } from '../../../api/problem'
import type { Post } from '../../../api/types'
import { UndoNote } from '../data/UndoNote'
import { useEditor } from './EditorContext'
import type { Editing } from './editing'
import { useLiveChanges } from './useLiveChanges'

type Props = { post: Post; opened: boolean; onClose: () => void }

const undoFor = 15_000

/** Asks before readers lose the post. Unpublishing saves no text. */
export function UnpublishDialog({ post, opened, onClose }: Props) {
  const { editing } = useEditor()
  const [isBusy, setIsBusy] = useState(false)
  const changes = useLiveChanges(post)

  const unpublish = async () => {
    setIsBusy(true)
    const outcome = await editing.unpublish()
    setIsBusy(false)
    onClose()
    if (outcome.kind === 'failed') {
      notifications.show({ title: 'Not unpublished', message: explain(outcome.error), color: 'red', autoClose: 8_000 })
    } else if (outcome.kind === 'done') showDone(editing, outcome.post, changes === 0)
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Unpublish this post?">
      <Text size="sm">
        Readers will get “404 Not found” at its address. The text is kept as a draft, with its history.
        {changes !== 0 && ' The published text then is an earlier version: to publish exactly that again, restore it from the history first.'}
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red" loading={isBusy} onClick={() => void unpublish()}>
          Unpublish
        </Button>
      </Group>
    </Modal>
  )
}

/** Undo is offered when it shows readers exactly the text that they had. */
function showDone(editing: Editing, post: Post, canUndo: boolean): void {
  const id = `unpublished-${post.id}`
  const text = 'The post is unpublished. Readers can no longer see it.'
  const onUndo = async () => {
    notifications.hide(id)
    const outcome = await editing.republish(post.version)
    if (outcome.kind === 'changed') {
      notifications.show({ title: 'Not published', message: 'The post has changed since. Publish it from its page.', color: 'red' })
    } else if (outcome.kind === 'failed') {
      notifications.show({ title: 'Not published', message: explain(outcome.error), color: 'red' })
    }
  }
  const message = canUndo ? <UndoNote text={text} onUndo={() => void onUndo()} /> : text
  notifications.show({ id, autoClose: undoFor, message })
}
