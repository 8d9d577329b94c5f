import { type Field, fieldLabels } from '../data/fields'
import type { Draft } from './draft'
import type { Refusal } from './editingState'

const maxContentBytes = 250_000
/** UTF-8 takes at most three bytes for one unit of a string's length. */
const maxBytesPerUnit = 3
/** In code points, as the server counts; maxLength of an input counts an emoji twice and cuts a pasted text silently. */
const maxCharacters: Partial<Record<Field, number>> = {
  title: 200,
  slug: 200,
  description: 10_000,
  category: 100,
  authorName: 200,
  authorPosition: 200,
  authorImage: 2048,
  blogImage: 2048,
}

const encoder = new TextEncoder()
const number = new Intl.NumberFormat('en')

/** The fields that the server would refuse, found without asking it. */
export function checkDraft({ mine }: Draft): Partial<Record<Field, Refusal>> {
  const found: Partial<Record<Field, Refusal>> = {}
  for (const [name, most] of Object.entries(maxCharacters)) {
    const field = name as Field
    const value = String(mine[field] ?? '')
    const length = value.length > most ? Array.from(value.trim()).length : 0
    if (length > most) found[field] = { value: mine[field], message: tooLong(field, length, 'characters', most) }
  }
  if (mine.title.trim() === '') found.title = { value: mine.title, message: 'Enter a title.' }
  const bytes = mine.content.length * maxBytesPerUnit > maxContentBytes ? encoder.encode(mine.content).length : 0
  if (bytes > maxContentBytes) found.content = { value: mine.content, message: tooLong('content', bytes, 'bytes', maxContentBytes) }
  return found
}

const tooLong = (field: Field, length: number, unit: string, most: number): string =>
  `${fieldLabels[field]} is too long: ${number.format(length)} of at most ${number.format(most)} ${unit}.`
