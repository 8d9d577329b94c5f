import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { ConfirmDialog } from '../../../ui/ConfirmDialog'
import type { Question } from './useRowActions'

type Props = { question: Question; isOpen: boolean; onConfirm: () => void; onCancel: () => void }

/** Asks before an action that no undo can revert. */
export function ConfirmAction({ question: { action, post }, isOpen, onConfirm, onCancel }: Props) {
  const { title, label, consequence } = texts[action]
  return (
    <ConfirmDialog
      opened={isOpen}
      title={title}
      confirmLabel={label}
      color={action === 'publish' ? 'petrol' : 'red'}
      returnFocus={false}
      onConfirm={onConfirm}
      onCancel={onCancel}
    >
      <Text mb="sm" dir="auto" fw={600} style={{ overflowWrap: 'anywhere' }}>
        {post.title}
      </Text>
      <Text mb="sm">{consequence}</Text>
      <Anchor component={Link} to={`/posts/${post.id}/history`} size="sm">
        See what changed
      </Anchor>
    </ConfirmDialog>
  )
}

const texts = {
  publish: {
    title: 'Publish changes?',
    label: 'Publish changes',
    consequence: 'Readers will see the current version instead of the live one.',
  },
  unpublish: {
    title: 'Unpublish this post?',
    label: 'Unpublish',
    consequence: 'Readers can no longer open it. The text is kept as a draft, with the unpublished changes.',
  },
  remove: {
    title: 'Delete this post?',
    label: 'Delete',
    consequence: 'Readers can no longer open it. You can restore it as a draft under “Deleted”.',
  },
}
