import { Text } from '@mantine/core'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { explain } from '../../../api/problem'
import { ConfirmDialog } from '../../../ui/ConfirmDialog'
import { showDone, showError } from '../../../ui/notify'
import { fieldLabels, fields, fieldText } from '../data/fields'
import { fieldsToCopy } from './copyText'
import { dirtyFields } from './draft'
import { useEditing, useEditor } from './EditorContext'
import type { EditingState } from './editingState'
import { copyAndReport } from './useCopyMyText'
import type { Notice } from './useNotices'

/** The notice that the post was replaced because the database went back to an earlier state. */
export function useReplacedNotice(): Notice | null {
  const { session, editing, onReview, readOnlyReason } = useEditor()
  const navigate = useNavigate()
  const [isAsking, setIsAsking] = useState(false)
  const text = useEditing(describeReplaced)
  const replaced = useEditing((state) => state.replaced)
  const isMissing = useEditing(({ block }) => block === 'missing')
  const isDirty = useEditing(editing.isUnsaved)
  const isBusy = useEditing(({ busy }) => busy !== null)
  const isConflict = useEditing(hasConflict)
  if (text === null || replaced === null) return null

  const saveAsNew = async () => {
    try {
      const post = await editing.saveAsNew()
      showDone(`Your text was saved as the new post “${post.title}”.`)
      void navigate(`/posts/${post.id}`)
    } catch (error) {
      showError('Couldn’t save as a new post', explain(error))
    }
  }
  const discard = () => {
    setIsAsking(false)
    const { mine } = editing.get().draft
    for (const field of dirtyFields(editing.get().draft)) session.rejected.add(field, fieldText(field, mine), 'discarded')
    editing.discard()
    if (isMissing) void navigate('/')
  }
  const copy = () => void copyAndReport(fieldsToCopy(fields.filter((field) => fieldText(field, replaced) !== ''), replaced))
  const canSave = readOnlyReason === null && !isBusy
  return {
    key: 'replaced',
    color: isDirty ? 'red' : 'orange',
    text,
    actions: [
      ...(isConflict ? [{ label: 'Review', run: onReview }] : []),
      ...(isDirty && canSave ? [{ label: 'Save as a new post', run: () => void saveAsNew() }] : []),
      ...(isDirty ? [{ label: 'Discard my text', run: () => setIsAsking(true) }] : [{ label: 'Copy the earlier text', run: copy }]),
    ],
    ...(!isMissing && { onDismiss: editing.dismissReplaced }),
    dialog: (
      <ConfirmDialog
        opened={isAsking}
        title="Discard your text?"
        confirmLabel="Discard my text"
        color="red"
        onConfirm={discard}
        onCancel={() => setIsAsking(false)}
      >
        <Text size="sm">{isMissing ? 'The post is not in the database: your text is then lost.' : 'The form then shows the post as it is in the database.'}</Text>
      </ConfirmDialog>
    ),
  }
}

const replacedFields = ({ draft }: EditingState) => fields.filter((field) => draft.conflicts[field]?.isReplaced)

const hasConflict = (state: EditingState): boolean => replacedFields(state).length > 0

function describeReplaced(state: EditingState): string | null {
  if (state.replaced === null) return null
  if (state.block === 'missing') return 'The database was restored to an earlier state, which does not have this post. Your text is still here.'
  const labels = replacedFields(state).map((field) => fieldLabels[field]).join(', ')
  if (labels !== '') return `The database was restored to an earlier state, with another ${labels}. Your text is kept until you decide.`
  const isDirty = state.draft.pending !== null || dirtyFields(state.draft).length > 0
  if (isDirty) return 'The database was restored to an earlier state of this post. Your unsaved text is still here.'
  return 'The database was restored to an earlier state. The form shows the post as it is now.'
}
