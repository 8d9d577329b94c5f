import type { Person } from '@wiredesk/client'
import type { Field } from '../data/fields'
import { changesBehind, type Draft } from './draft'

/** The name to show for the author of a change. The user's own changes that this form did not make are from another tab. */
export function personName({ id, name }: Person, userId: number): string {
  return id === userId ? 'You (in another tab)' : name || 'Someone'
}

/** Why a field is in conflict, as a sentence. `label` names the field, or several. */
export function conflictCause(draft: Draft, field: Field, userId: number, label: string): string {
  if (draft.conflicts[field]?.isReplaced) return `The database was restored to an earlier state, with another ${label}.`
  return `${conflictAuthors(draft, field, userId)} changed ${label} while you edited it.`
}

const list = new Intl.ListFormat('en')

/** "Ana and Ben": all authors of the changes that are in conflict with an edited field. */
export function conflictAuthors(draft: Draft, field: Field, userId: number): string {
  if (draft.conflicts[field]?.isReplaced) return 'The database'
  return list.format(new Set(changesBehind(draft, field).map(({ by }) => personName(by, userId)))) || 'Someone else'
}
