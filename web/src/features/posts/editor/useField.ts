import type { FocusEventHandler } from 'react'
import { fieldId } from './showField'
import type { Field, Values } from '../data/fields'
import { useEditing, useEditor } from './EditorContext'

/** One field of the form: its value, how to change it, and the other properties of its input. */
export function useField<F extends Field>(field: F) {
  const { editing, onFocus, readOnlyReason } = useEditor()
  const value = useEditing(({ draft }) => draft.mine[field])
  const error = useEditing(({ refusals }) => refusals[field]?.message)
  const focus: { onFocus: FocusEventHandler; onBlur: FocusEventHandler } = {
    onFocus: () => onFocus(field),
    onBlur: () => onFocus(null),
  }
  return {
    value,
    change: (next: Values[F]) => editing.edit(field, next),
    input: { ...focus, error, name: field, id: fieldId(field), readOnly: readOnlyReason !== null },
  }
}
