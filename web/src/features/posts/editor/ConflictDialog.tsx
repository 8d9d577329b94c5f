import { Modal, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { fieldLabels, fieldText, type Field, type Values } from '../data/fields'
import { UndoNote } from '../data/UndoNote'
import { changesBehind, conflictedFields, type Draft } from './draft'
import { useEditing, useEditor } from './EditorContext'
import { FieldChoice } from './FieldChoice'
import { TextConflict } from './TextConflict'

const undoFor = 15_000

/** The conflicts one after another. Nothing changes before a decision is confirmed. */
export function ConflictDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const names = useEditing(({ draft }) => conflictedFields(draft).join(' '))
  const [field] = names.split(' ').flatMap((name) => (name in fieldLabels ? [name as Field] : []))
  const count = names === '' ? 0 : names.split(' ').length
  const isLong = field === 'content' || field === 'description'
  const title = count > 1 ? `Resolve ${count} conflicts` : 'Resolve the conflict'
  return (
    <Modal opened={opened && field !== undefined} onClose={onClose} size={isLong ? '80rem' : 'lg'} title={title} closeOnClickOutside={false}>
      {field !== undefined && <Conflict key={field} field={field} onClose={onClose} />}
    </Modal>
  )
}

function Conflict({ field, onClose }: { field: Field; onClose: () => void }) {
  const { session, editing } = useEditor()
  // What is decided on stays as it was when the dialog opened; a later version is merged with the decision.
  const [shown] = useState(() => sidesOf(editing.get().draft, field))
  const authors = useEditing(({ draft }) => authorsOf(draft, field, session.userId))
  const isNewer = useEditing(({ draft }) => draft.base[field] !== shown.theirs)

  const resolve = (result: Values[Field]) => {
    const mine = editing.get().draft.mine
    const undo = editing.resolve(field, result, shown.theirs)
    if (conflictedFields(editing.get().draft).length === 0) onClose()
    if (result === mine[field]) return
    const rejected = session.rejected.add(field, fieldText(field, mine), 'conflict')
    const id = `resolved-${field}`
    const onUndo = () => {
      notifications.hide(id)
      undo()
      if (rejected !== null) session.rejected.dismiss(rejected)
    }
    const text = `${fieldLabels[field]}: your text was replaced. It is kept under “Rejected text”.`
    notifications.show({ id, autoClose: undoFor, message: <UndoNote text={text} onUndo={onUndo} /> })
  }
  const View = typeof shown.mine === 'string' && (field === 'content' || field === 'description') ? TextConflict : FieldChoice
  return (
    <section aria-label={fieldLabels[field]}>
      <Text size="sm" mb="sm">
        {authors} changed {fieldLabels[field]} while you edited it. Your version is kept until you decide.
        {isNewer && ' It was changed once more since this dialog opened; that change is merged when you confirm.'}
      </Text>
      <View field={field} {...shown} theirsName={authors} onResolve={resolve} onCancel={onClose} />
    </section>
  )
}

export type Sides = { base: Values[Field]; mine: Values[Field]; theirs: Values[Field] }

const sidesOf = ({ conflicts, mine, base }: Draft, field: Field): Sides => ({
  base: conflicts[field]?.base ?? base[field],
  mine: mine[field],
  theirs: base[field],
})

const names = new Intl.ListFormat('en')

/** "Ana and Ben": everyone who changed the field since both sides were equal. */
export function authorsOf(draft: Draft, field: Field, userId: number): string {
  const people = changesBehind(draft, field).map(({ by }) => (by.id === userId ? 'You, in another tab' : by.name))
  return names.format(new Set(people.filter(Boolean))) || 'Someone else'
}
