import type { StoredPost } from '@wiredesk/client'
import { fields, fieldText, isIdentical, valuesOf, type Field } from '../data/fields'

/** One field that differs between two versions. `isLong`: it is compared like the content. */
type FieldChange = { field: Field; before: string; after: string; isLong: boolean }

const maxShort = 300

/** The fields that differ, in the form's order. `before` is null for the first version. */
export function fieldChanges(before: StoredPost | null, after: StoredPost): FieldChange[] {
  const then = before && valuesOf(whole(before))
  const now = valuesOf(whole(after))
  return fields.flatMap((field): FieldChange[] => {
    if (field === 'content' && (isRemoved(before) || isRemoved(after))) return []
    if (field === 'readTime' && before?.content !== after.content) return []
    if (then && isIdentical(then[field], now[field])) return []
    const texts = { before: then ? fieldText(field, then) : '', after: fieldText(field, now) }
    if (texts.before === texts.after) return []
    const isLong = field === 'content' || texts.before.length + texts.after.length > maxShort
    return [{ field, ...texts, isLong }]
  })
}

const isRemoved = (post: StoredPost | null): boolean => post !== null && post.content === undefined

const whole = (post: StoredPost) => ({ ...post, content: post.content ?? '' })
