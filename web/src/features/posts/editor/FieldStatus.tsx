import { Button, Text } from '@mantine/core'
import { useLive } from '@wiredesk/react'
import { useSession } from '../../login/useSession'
import type { Field } from '../data/fields'
import { useEditing, useEditor } from './EditorContext'
import classes from './editor.module.css'

/** The other users that edit a field, and its conflict. It is in the line of the label, so that nothing moves. */
export function FieldStatus({ field }: { field: Field }) {
  const { onReview } = useEditor()
  const names = useFieldEditors(field).join(', ')
  const isConflict = useEditing(({ draft }) => draft.conflicts[field] !== undefined)
  if (names === '' && !isConflict) return null
  return (
    <div className={classes.fieldStatus}>
      {names !== '' && (
        <Text size="xs" c="petrol" role="status" truncate>
          {names} editing
        </Text>
      )}
      {isConflict && (
        <Button size="compact-xs" color="orange" variant="light" onClick={onReview}>
          Conflict: review
        </Button>
      )}
    </div>
  )
}

/** The names of the other users with the focus in this field of the post. */
function useFieldEditors(field: Field): string[] {
  const { presence } = useLive()
  const { user } = useSession()
  const postId = useEditing((state) => state.postId)
  const people = presence.filter(
    (person) => person.postId === postId && postId !== null && person.id !== user?.id && person.state === 'editing' && person.field === field,
  )
  return [...new Set(people.map(({ name }) => name))]
}
