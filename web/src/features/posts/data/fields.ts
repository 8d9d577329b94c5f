/** The fields of a post that users edit: their values, labels and comparison. */
import type { Post } from '@wiredesk/client'
import { fieldNames } from '../../../ui/describeChange'

/** In the order of the form. */
export const fields = [
  'title',
  'slug',
  'description',
  'content',
  'category',
  'tags',
  'authorName',
  'authorPosition',
  'authorImage',
  'blogImage',
  'readTime',
] as const

export type Field = (typeof fields)[number]

/** The values that the form edits. A `readTime` of null is computed by the server. */
export type Values = Pick<Post, Exclude<Field, 'readTime'>> & { readTime: number | null }

export const emptyValues: Values = {
  title: '',
  slug: '',
  description: '',
  content: '',
  category: '',
  tags: [],
  authorName: '',
  authorPosition: '',
  authorImage: '',
  blogImage: '',
  readTime: null,
}

export const fieldLabels: Record<Field, string> = fieldNames

/** Fields of several lines, which the server stores as they are sent. It trims all others. */
export const isMultiline = (field: Field): field is 'description' | 'content' => field === 'description' || field === 'content'

export const valuesOf = (post: Pick<Post, Field>): Values => ({ ...emptyValues, ...pick(post, fields) })

export const pick = (from: Partial<Values>, names: readonly Field[]): Partial<Values> =>
  Object.fromEntries(names.map((name) => [name, from[name]]))

/** A field's value as text that can be compared line by line. */
export function fieldText(field: Field, values: Partial<Values>): string {
  const value = values[field]
  if (Array.isArray(value)) return value.join('\n')
  return value === null || value === undefined ? '' : String(value)
}

/** Whether the server stores the same value for both: it trims and normalizes the fields of one line. */
export function isEquivalent(field: Field, a: Values[Field] | undefined, b: Values[Field] | undefined): boolean {
  if (typeof a === 'string' && typeof b === 'string' && !isMultiline(field)) return normalized(a) === normalized(b)
  return isIdentical(a, b)
}

const normalized = (text: string): string => text.trim().normalize('NFC')

/** Whether both are the same value, character by character. */
export function isIdentical(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, i) => value === b[i])
  return a === b
}
