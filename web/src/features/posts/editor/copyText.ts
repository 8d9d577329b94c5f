import { fieldLabels, fieldText, type Field, type Values } from '../data/fields'
import { dirtyFields, type Draft } from './draft'

/** The edited text as one that can be pasted elsewhere: the content alone, or each field under its name. */
export function textToCopy({ mine, base, ...rest }: Draft): string {
  return fieldsToCopy(dirtyFields({ mine, base, ...rest }), mine)
}

export function fieldsToCopy(names: readonly Field[], values: Values): string {
  const [only] = names
  if (only !== undefined && names.length === 1) return fieldText(only, values)
  return names.map((field) => `${fieldLabels[field]}:\n${fieldText(field, values)}`).join('\n\n')
}
