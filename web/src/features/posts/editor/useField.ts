import type { FocusEventHandler } from 'react'
import { edit, type Field, type Values } from './draft'
import { useDesk } from './Desk'

/** One field of the form: its value, how to change it, and what its input needs besides. */
export function useField<F extends Field>(field: F) {
  const { draft, editing, errors, onFocus } = useDesk()
  const focus: { onFocus: FocusEventHandler; onBlur: FocusEventHandler } = {
    onFocus: () => onFocus(field),
    onBlur: () => onFocus(null),
  }
  return {
    value: draft.mine[field],
    change: (value: Values[F]) => editing.step((now) => edit(now, field, value)),
    input: { ...focus, error: errors[field], name: field },
  }
}
