import { Modal, Text } from '@mantine/core'
import { useState } from 'react'
import { showUndo } from '../../../ui/notify'
import { fieldLabels, fieldText, isMultiline, type Field, type Values } from '../data/fields'
import { ConflictView } from '../diff/ConflictView'
import { conflictedFields, type Draft } from './draft'
import { useEditing, useEditor } from './EditorContext'
import { FieldChoice, type FieldConflict } from './FieldChoice'
import { conflictAuthors, conflictCause } from './personName'

/** The conflicts one after another. Nothing changes before a decision is confirmed. */
export function ConflictDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const names = useEditing(({ draft }) => conflictedFields(draft).join(' '))
  const [field] = names.split(' ').flatMap((name) => (name in fieldLabels ? [name as Field] : []))
  const count = names === '' ? 0 : names.split(' ').length
  const isLong = field !== undefined && isMultiline(field)
  const title = count > 1 ? `Resolve ${count} conflicts` : 'Resolve the conflict'
  return (
    <Modal opened={opened && field !== undefined} onClose={onClose} size={isLong ? '80rem' : 'lg'} title={title} closeOnClickOutside={false}>
      {field !== undefined && <Conflict key={field} field={field} onClose={onClose} />}
    </Modal>
  )
}

function Conflict({ field, onClose }: { field: Field; onClose: () => void }) {
  const { session, editing } = useEditor()
  // The sides stay as they were when the dialog opened; a later version is merged with the decision.
  const [shown, setShown] = useState(() => sidesOf(editing.get().draft, field))
  const authors = useEditing(({ draft }) => conflictAuthors(draft, field, session.userId))
  const cause = useEditing(({ draft }) => conflictCause(draft, field, session.userId, fieldLabels[field]))
  const isNewer = useEditing(({ draft }) => draft.base[field] !== shown.theirs)

  const resolve = (result: Values[Field]) => {
    const mine = editing.get().draft.mine
    const before = editing.get().draft
    const undo = editing.resolve(field, result, shown)
    if (editing.get().draft === before) return setShown(sidesOf(before, field)) // Decided on a text that has changed here.
    if (conflictedFields(editing.get().draft).length === 0) onClose()
    if (result === mine[field]) return
    const rejected = session.rejected.add(field, fieldText(field, mine), 'conflict')
    const undoBoth = () => {
      undo()
      if (rejected !== null) session.rejected.dismiss(rejected)
    }
    showUndo(`resolved-${field}`, `${fieldLabels[field]}: your text was replaced. You can copy it from “Rejected text”.`, undoBoth)
  }
  const View = isMultiline(field) ? TextConflict : FieldChoice
  return (
    <section aria-label={fieldLabels[field]}>
      <Text size="sm" mb="sm">
        {cause} Your version is kept until you decide.
        {isNewer && ' It has changed again since you opened this dialog. The latest change is merged when you confirm.'}
      </Text>
      <View field={field} {...shown} theirsName={authors} onResolve={resolve} onCancel={onClose} />
    </section>
  )
}

/** The decision between two long texts, hunk by hunk. */
function TextConflict({ field, base, mine, theirs, theirsName, onResolve, onCancel }: FieldConflict) {
  return (
    <ConflictView
      label={fieldLabels[field]}
      base={String(base)}
      mine={String(mine)}
      theirs={String(theirs)}
      mineName="You"
      theirsName={theirsName}
      onResolve={onResolve}
      onCancel={onCancel}
    />
  )
}

const sidesOf = ({ conflicts, mine, base }: Draft, field: Field) => ({
  base: conflicts[field]?.base ?? base[field],
  mine: mine[field],
  theirs: base[field],
})
