import { fieldNames } from '../../../ui/describeChange'
import type { Field, Values } from '../editor/draft'

/** The fields' names on labels. */
export const fieldLabels: Record<Field, string> = fieldNames

/** A field's value as text that can be compared line by line. */
export function inFull(field: Field, values: Values): string {
  const value = values[field]
  if (Array.isArray(value)) return value.join('\n')
  return value === null ? '' : String(value)
}

/** A field's value in a few words, quoted. */
export function inShort(field: Field, values: Values): string {
  const text = inFull(field, values).replaceAll(/\s+/g, ' ').trim()
  if (text === '') return 'nothing'
  return `“${text.length > 80 ? `${text.slice(0, 79)}…` : text}”`
}
