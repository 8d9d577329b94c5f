/**
 * The three-way state of a post's form. For each field there are three values: `base` is the last known server version,
 * `mine` is the text on the screen, and a later server version is `theirs`. A later version is merged at once: a field
 * that was not edited takes the new value, `content` and `description` merge by line and `tags` as a set. A field that
 * cannot be merged becomes a conflict, and keeps `mine` until its author decides.
 *
 * Everything here is a pure function from one Draft to the next.
 */
import type { Person, Post } from '@wiredesk/client'
import { emptyValues, fields, isEquivalent, isIdentical, isMultiline, pick, valuesOf, type Field, type Values } from '../data/fields'
import { commonLines, mergeLines, mergeTags } from '../data/merge'
import type { PendingSave } from '../data/posts'
import { isSlugOfTitle } from './titleSlug'

/** One version of the post, as far as it is known: its number, its author and the fields that it changed. */
export type Change = {
  version: number
  by: Person
  at: string
  fields: readonly string[]
  /** Whether this form saved it. */
  isOwn: boolean
}

/**
 * A field that was changed here and on the server, and cannot be merged. `base` is the value that both sides started
 * from, at version `since`; the server's value is the draft's base.
 */
export type Conflict = {
  base: Values[Field]
  since: number
  /** The post was replaced by a state that is not later than the edited one: only its author ends the conflict. */
  isReplaced?: true
}

export type Draft = {
  /** The history of the event log that `version` belongs to; null while it is not known. */
  epoch: string | null
  /** When the post was created. An id that another history gave to another post has another time. */
  createdAt: string | null
  /** The version of `base`; 0 for a post that does not exist yet. */
  version: number
  base: Values
  mine: Values
  conflicts: Partial<Record<Field, Conflict>>
  pending: PendingSave | null
  /** Whether readers have ever seen the post. Until then its slug can follow its title. */
  wasPublished: boolean
  /** The latest versions in ascending order, at most maxChanges. */
  changes: readonly Change[]
}

const maxChanges = 200

/** A form without changes: of a post, or of a new one with these values filled in. */
export function start(post: Post | null, prefilled: Partial<Values> = {}): Draft {
  const base = post ? valuesOf(post) : { ...emptyValues, ...prefilled }
  const wasPublished = post !== null && post.publishedAt !== null
  return { epoch: null, createdAt: post?.createdAt ?? null, version: post?.version ?? 0, base, mine: base, conflicts: {}, pending: null, wasPublished, changes: [] }
}

export function edit<F extends Field>(draft: Draft, field: F, value: Values[F]): Draft {
  if (isIdentical(draft.mine[field], value)) return draft
  const mine = { ...draft.mine, [field]: value }
  const isEqual = isEquivalent(field, value, draft.base[field])
  return { ...draft, mine, conflicts: isEqual ? without(draft.conflicts, field) : draft.conflicts }
}

export const isDirty = (draft: Draft, field: Field): boolean => !isEquivalent(field, draft.mine[field], draft.base[field])

/** The fields that differ from the server's values. */
export const dirtyFields = (draft: Draft): Field[] => fields.filter((field) => isDirty(draft, field))

/** The fields that wait for a decision between mine and theirs, in the form's order. */
export const conflictedFields = (draft: Draft): Field[] => fields.filter((field) => draft.conflicts[field])

/**
 * Merges a later version of the post. Older ones and repeats leave the draft as it is. While a save has no answer, the
 * caller waits with this: the answer decides which version holds the own change.
 */
export function receive(draft: Draft, post: Post): Draft {
  if (post.version <= draft.version) return draft
  const noted = note(draft, changeOf(draft, post))
  return advance(noted, post, (field) => draft.base[field])
}

/**
 * The fields that a save sends: the edited ones and, to create a post, all that are filled in. Fields in conflict and
 * the `withheld` ones stay unsaved.
 */
export const sendableFields = (draft: Draft, withheld: readonly Field[] = []): Field[] =>
  fields.filter((field) => {
    const isWanted = isDirty(draft, field) || (draft.version === 0 && isFilled(draft.mine, field))
    return isWanted && !draft.conflicts[field] && !withheld.includes(field)
  })

/** Sets the save to send. A save without an answer is sent again instead, as it was. */
export function submit(draft: Draft, names: readonly Field[], key: string, autosave: boolean): Draft & { pending: PendingSave } {
  const slug = names.includes('title') && isSlugFollowing(draft) ? { slug: '' } : {}
  const fresh = { key, version: draft.version, body: { ...pick(draft.mine, names), ...slug }, autosave }
  return { ...draft, pending: draft.pending ?? fresh }
}

/** Whether a new title requests a new slug: the current one was made from the title and was never published. */
const isSlugFollowing = (draft: Draft): boolean =>
  draft.version > 0 && !draft.wasPublished && !isDirty(draft, 'slug') && isSlugOfTitle(draft.base.slug, draft.base.title)

/** Only the server's values are left. */
export const discard = (draft: Draft): Draft => ({ ...draft, mine: draft.base, conflicts: {}, pending: null })

/** The server refused the save: nothing was stored, and the next one is a new one. */
export const refused = (draft: Draft): Draft => ({ ...draft, pending: null })

/**
 * The save was stored, and the post is now as answered. The text typed since it was sent stays, merged with the changes
 * of others that the server merged into the save.
 */
export function saved(draft: Draft, post: Post, userId: number): Draft {
  const { pending } = draft
  if (pending === null || post.version < draft.version) return { ...draft, pending: null }
  const isAlone = pending.version === 0 || post.version === draft.version + 1
  const change = { ...changeOf(draft, post), isOwn: post.updatedBy.id === userId }
  const theirs = valuesOf(post)
  const ancestor = (field: Field): Values[Field] => {
    const sent = pending.body[field]
    // An empty slug requests one from the server, which replaces the slug on the screen.
    if (field === 'slug' && sent === '') return isDirty(draft, 'slug') && draft.mine.slug !== '' ? theirs.slug : draft.mine.slug
    if (sent !== undefined) return sent
    // The server computed the field from the sent ones (slug, read time): no one else changed it.
    return isAlone && isDirty(draft, field) ? theirs[field] : draft.base[field]
  }
  return advance({ ...note(draft, change), pending: null }, post, ancestor)
}

/** Makes `post` the base, and merges each field from the value that `ancestor` gives for it. */
function advance(draft: Draft, post: Post, ancestor: (field: Field) => Values[Field]): Draft {
  const theirs = valuesOf(post)
  const mine: Partial<Values> = {}
  const conflicts: Draft['conflicts'] = {}
  for (const field of fields) {
    const open = draft.conflicts[field]
    if (open?.isReplaced && !isEquivalent(field, draft.mine[field], theirs[field])) {
      conflicts[field] = open
      continue
    }
    const base = open ? open.base : ancestor(field)
    const merged = mergeField(field, base, draft.mine[field], theirs[field])
    if (merged !== null) Object.assign(mine, { [field]: merged.value })
    else conflicts[field] = { base, since: open?.since ?? draft.version }
  }
  const wasPublished = post.publishedAt !== null
  const { createdAt, version } = post
  return { ...draft, createdAt, version, base: theirs, mine: { ...draft.mine, ...mine }, conflicts, wasPublished }
}

/**
 * Puts the form over the post as it is in another history of the event log, where versions may have gone back. A field
 * that was not edited takes the post's value. An edited one whose server value is another than the one that it is based on
 * becomes a conflict, mergeable or not: the writer may want to keep what the database has lost. A save without an answer
 * is not repeated, since its version belongs to the earlier history.
 */
export function replaceBase(draft: Draft, post: Post, epoch: string): Draft {
  const theirs = valuesOf(post)
  const edited = dirtyFields(draft)
  const conflicts: Draft['conflicts'] = {}
  for (const field of edited) {
    const [base, mine] = [draft.base[field], draft.mine[field]]
    const isSame = isEquivalent(field, base, theirs[field]) && !draft.conflicts[field]
    if (isSame || isEquivalent(field, mine, theirs[field])) continue
    const common = isMultiline(field) ? commonLines(String(mine), String(theirs[field])) : base
    conflicts[field] = { base: common, since: post.version, isReplaced: true }
  }
  return { ...start(post), epoch, mine: { ...theirs, ...pick(draft.mine, edited) }, conflicts }
}

type Merged = { value: Values[Field] } | null

/** The value with both changes; null when they are in conflict. */
export function mergeField(field: Field, base: Values[Field], mine: Values[Field], theirs: Values[Field]): Merged {
  if (isEquivalent(field, theirs, base) || isEquivalent(field, mine, theirs)) return { value: mine }
  if (isEquivalent(field, mine, base)) return { value: theirs }
  if (Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs)) return { value: mergeTags(base, mine, theirs) }
  if (!isMultiline(field)) return null
  const text = mergeLines(String(base), String(mine), String(theirs))
  return text === null ? null : { value: text }
}

/** The two values that a decision was made on. */
export type Shown = { mine: Values[Field]; theirs: Values[Field] }

/**
 * Ends a conflict with `result`, which was decided on when mine and the server's value were as `shown`. What was typed
 * since is merged into the result; where that fails, the conflict stays open with it. If the server's value has changed
 * in the meantime, the result is merged with the change, or is in conflict with it again.
 */
export function resolve(draft: Draft, field: Field, decided: Values[Field], shown: Shown): Draft {
  const typed = mergeField(field, shown.mine, decided, draft.mine[field])
  if (typed === null) return draft
  const result = typed.value
  const merged = mergeField(field, shown.theirs, result, draft.base[field])
  const value = merged === null ? result : merged.value
  const since = draft.conflicts[field]?.since ?? draft.version
  const conflicts = without(draft.conflicts, field)
  if (merged === null) conflicts[field] = { base: shown.theirs, since }
  return { ...draft, mine: { ...draft.mine, [field]: value }, conflicts }
}

/** Restores a text that was rejected in a conflict, and the conflict, merged with later versions. */
export function reopen(draft: Draft, field: Field, mine: Values[Field], conflict: Conflict): Draft {
  const merged = mergeField(field, conflict.base, mine, draft.base[field])
  const conflicts = without(draft.conflicts, field)
  if (merged === null || conflict.isReplaced) conflicts[field] = conflict
  return { ...draft, mine: { ...draft.mine, [field]: merged === null ? mine : merged.value }, conflicts }
}

/** Adds versions to the known ones. Of two with the same number, one with fields is better than one without. */
export function note(draft: Draft, ...found: Change[]): Draft {
  const known = new Map(draft.changes.map((change) => [change.version, change]))
  for (const change of found) {
    const old = known.get(change.version)
    known.set(change.version, { ...(old && old.fields.length > 0 ? old : change), isOwn: change.isOwn || (old?.isOwn ?? false) })
  }
  const changes = [...known.values()].sort((a, b) => a.version - b.version).slice(-maxChanges)
  return { ...draft, changes }
}

/** The versions of others that changed a field which is in conflict. */
export function changesBehind(draft: Draft, field: Field): Change[] {
  const conflict = draft.conflicts[field]
  if (!conflict) return []
  return draft.changes.filter(
    ({ version, fields: changed, isOwn }) => version > conflict.since && !isOwn && changed.includes(field),
  )
}

/** The version from which on some change behind a conflict is not known; null when all are. */
export function firstUnknown(draft: Draft): number | null {
  const starts = conflictedFields(draft).flatMap((field) => draft.conflicts[field]?.since ?? [])
  if (starts.length === 0) return null
  const known = new Map(draft.changes.map((change) => [change.version, change]))
  const first = Math.min(...starts)
  const oldest = Math.max(first, draft.version - maxChanges)
  for (let version = oldest + 1; version <= draft.version; version += 1) {
    if ((known.get(version)?.fields.length ?? 0) === 0) return oldest
  }
  return null
}

/** The version as far as the post shows it: its fields are known when it follows the base directly. */
function changeOf(draft: Draft, post: Post): Change {
  const theirs = valuesOf(post)
  const isNext = post.version === draft.version + 1
  const changed = isNext ? fields.filter((field) => !isIdentical(theirs[field], draft.base[field])) : []
  return { version: post.version, by: post.updatedBy, at: post.updatedAt, fields: changed, isOwn: false }
}

/** The part of a draft that outlives the page: the edited fields, each with the value that it is based on. */
export type StoredDraft = Pick<Draft, 'version' | 'conflicts' | 'pending'> & {
  /** Missing in records of earlier builds. */
  epoch?: string | null
  createdAt?: string | null
  base: Partial<Values>
  mine: Partial<Values>
}

/** Null when nothing is unsaved. */
export function pack(draft: Draft): StoredDraft | null {
  const { epoch, createdAt, version, conflicts, pending } = draft
  const names = fields.filter((field) => isDirty(draft, field) || (pending && field in pending.body))
  if (names.length === 0 && !pending) return null
  return { epoch, createdAt, version, conflicts, pending, base: pick(draft.base, names), mine: pick(draft.mine, names) }
}

/**
 * Puts a stored draft over a post as it was when the draft was stored. The caller then passes today's post to receive,
 * unless the draft has a save without an answer, which is repeated first.
 */
export function unpack(post: Post | null, stored: StoredDraft, prefilled: Partial<Values> = {}): Draft {
  const { epoch = null, version, conflicts, pending } = stored
  const fresh = start(post, prefilled)
  const createdAt = stored.createdAt ?? fresh.createdAt
  return { ...fresh, epoch, createdAt, version, conflicts, pending, base: { ...fresh.base, ...stored.base }, mine: { ...fresh.mine, ...stored.mine } }
}

const isFilled = (values: Values, field: Field) => !isEquivalent(field, values[field], emptyValues[field])

function without(conflicts: Draft['conflicts'], field: Field): Draft['conflicts'] {
  return Object.fromEntries(Object.entries(conflicts).filter(([name]) => name !== field))
}
