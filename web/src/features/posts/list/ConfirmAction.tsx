import { Anchor, Button, Group, Modal, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { Question } from './useRowActions'

type Props = { question: Question; isOpen: boolean; onConfirm: () => void; onCancel: () => void }

/** Asks before an action that no undo can revert. */
export function ConfirmAction({ question, isOpen, onConfirm, onCancel }: Props) {
  return (
    <Modal opened={isOpen} onClose={onCancel} title={titles[question.action]} returnFocus={false}>
      <Text mb="sm" dir="auto" fw={600} style={{ overflowWrap: 'anywhere' }}>
        {question.post.title}
      </Text>
      <Text mb="sm">{consequences[question.action]}</Text>
      <Anchor component={Link} to={`/posts/${question.post.id}/history`} size="sm">
        See what changed
      </Anchor>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onCancel} data-autofocus>
          Cancel
        </Button>
        <Button color={question.action === 'publish' ? 'petrol' : 'red'} onClick={onConfirm}>
          {labels[question.action]}
        </Button>
      </Group>
    </Modal>
  )
}

const titles = { publish: 'Publish changes?', unpublish: 'Unpublish this post?', remove: 'Delete this post?' }
const labels = { publish: 'Publish changes', unpublish: 'Unpublish', remove: 'Delete' }
const consequences = {
  publish: 'Readers will see the current text in place of the version that is live now.',
  unpublish: 'Readers can no longer open it. Its text stays as it is, with the changes that were never published.',
  remove: 'Readers can no longer open it. You can restore its text under “Deleted”, as a draft.',
}
