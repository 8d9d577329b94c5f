import type { Person } from '../../../api/types'
import type { Field } from '../data/fields'
import { changesBehind, type Draft } from './draft'

/** The name to show for the author of a change. The user's own changes that this form did not make are from another tab. */
export function personName({ id, name }: Person, userId: number): string {
  return id === userId ? 'You (in another tab)' : name || 'Someone'
}

const list = new Intl.ListFormat('en')

/** "Ana and Ben": all authors of the changes that are in conflict with an edited field. */
export function conflictAuthors(draft: Draft, field: Field, userId: number): string {
  return list.format(new Set(changesBehind(draft, field).map(({ by }) => personName(by, userId)))) || 'Someone else'
}
