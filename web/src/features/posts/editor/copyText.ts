import { fieldLabels, inFull } from '../data/fieldTexts'
import { dirtyFields, type Draft, type Field, type Values } from './draft'

/** The edited text as one that can be pasted elsewhere: the content alone, or each field under its name. */
export function textToCopy({ mine, base, ...rest }: Draft): string {
  return fieldsToCopy(dirtyFields({ mine, base, ...rest }), mine)
}

export function fieldsToCopy(names: readonly Field[], values: Values): string {
  const [only] = names
  if (only !== undefined && names.length === 1) return inFull(only, values)
  return names.map((field) => `${fieldLabels[field]}:\n${inFull(field, values)}`).join('\n\n')
}
