import { fields, type Field } from './draft'
import type { EditingState } from './editing'

/** The id of a field's input; for the content, of an element around the editor. */
export const fieldId = (field: Field): string => `post-${field}`

/** Scrolls to a field and puts the focus into it. */
export function showField(field: Field): void {
  const found = document.getElementById(fieldId(field))
  const input = found?.querySelector<HTMLElement>('[role=textbox][contenteditable], textarea') ?? found
  input?.scrollIntoView({ block: field === 'content' ? 'nearest' : 'center' })
  input?.focus({ preventScroll: true })
}

/** The first field of the form that was refused, or null. */
export const firstRefused = ({ refusals }: EditingState): Field | null => fields.find((field) => refusals[field]) ?? null
