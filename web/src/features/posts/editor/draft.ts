/**
 * The three-way state of a post's form: what it was based on, what the author typed, and
 * which of the typed fields others changed since. It never drops what was typed: a touched
 * field changes only by its author's choice. Knows no framework and does no I/O.
 */
import { applyPatch, structuredPatch } from 'diff'
import type { Post } from '../../../api/types'

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

/** What the form edits. A `readTime` of null is computed by the server. */
export type Values = Pick<Post, Exclude<Field, 'readTime'>> & { readTime: number | null }

/**
 * Somebody changed a field that I changed too. `by` is null when it can't be told who; `before` is what both of us
 * started from.
 */
export type Conflict = { version: number; by: string | null; at: string; before: Values[Field] }

/** A save that is under way, or whose answer was lost: it is repeated as it was, under its key. */
export type Attempt = { key: string; version: number; body: Partial<Values>; published: boolean }

/** Texts that take longer to compare, in milliseconds, are not combined: the page must not hang on them. */
const patience = 500

export type Draft = {
  /** The version of `base`; 0 for a post that does not exist yet. */
  version: number
  base: Values
  mine: Values
  /** Open questions. The other's value of such a field is the one in `base`. */
  conflicts: Partial<Record<Field, Conflict>>
  attempt: Attempt | null
}

const empty: Values = {
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

export const valuesOf = (post: Post): Values => ({ ...empty, ...pick(post, fields) })

/** A form without changes, of a post or of one to be created. */
export function start(post: Post | null): Draft {
  const base = post ? valuesOf(post) : empty
  return { version: post?.version ?? 0, base, mine: base, conflicts: {}, attempt: null }
}

export function edit<F extends Field>(draft: Draft, field: F, value: Values[F]): Draft {
  const mine = { ...draft.mine, [field]: value }
  const settled = same(value, draft.base[field])
  return { ...draft, mine, conflicts: settled ? without(draft.conflicts, field) : draft.conflicts }
}

/** The fields whose value is not the base's: what a save sends. */
export const touched = (draft: Draft): Field[] => fields.filter((f) => !same(draft.mine[f], draft.base[f]))

/** The fields that wait for a choice between mine and theirs, in the form's order. */
export const disputed = (draft: Draft): Field[] => fields.filter((f) => draft.conflicts[f])

/** Takes a later state of the post. Older ones and repeats leave the draft as it is. */
export function receive(draft: Draft, post: Post): Draft {
  if (post.version <= draft.version) return draft
  const theirs = valuesOf(post)
  const by = post.version === draft.version + 1 ? post.updatedBy.name : null
  const mine: Partial<Values> = {}
  const conflicts: Draft['conflicts'] = {}
  for (const f of fields) {
    const isTouched = !same(draft.mine[f], draft.base[f])
    const isChanged = !same(theirs[f], draft.base[f])
    const isMySave = draft.attempt !== null && f in draft.attempt.body && same(theirs[f], draft.attempt.body[f])
    if (!isTouched || same(draft.mine[f], theirs[f])) Object.assign(mine, { [f]: theirs[f] })
    else if (isChanged && !isMySave) {
      const before = draft.conflicts[f]?.before ?? draft.base[f]
      conflicts[f] = { version: post.version, by, at: post.updatedAt, before }
    } else if (draft.conflicts[f]) conflicts[f] = draft.conflicts[f]
  }
  const attempt = draft.attempt && isLanded(draft.attempt, theirs) ? null : draft.attempt
  return { version: post.version, base: theirs, mine: { ...draft.mine, ...mine }, conflicts, attempt }
}

/** A save whose answer was lost has succeeded after all when its values stand in the post. */
const isLanded = ({ body }: Attempt, theirs: Values) =>
  fields.every((f) => !(f in body) || same(theirs[f], body[f]))

/** Notes what is sent now. A save without an answer is sent again instead, as it was. */
export function submit(draft: Draft, key: string, published = false): Draft & { attempt: Attempt } {
  const fresh = { key, version: draft.version, body: pick(draft.mine, touched(draft)), published }
  return { ...draft, attempt: draft.attempt ?? fresh }
}

/** The server refused the save: nothing was stored, and the next try is a new one. */
export const refused = (draft: Draft): Draft => ({ ...draft, attempt: null })

/** The save succeeded as `post`. What was typed in the meantime stays typed. */
export function saved(draft: Draft, post: Post): Draft {
  const next = receive(draft, post)
  const sent = fields.filter((f) => draft.attempt && f in draft.attempt.body)
  const isAnswered = (f: Field) => sent.includes(f) && (next.conflicts[f]?.version ?? 0) <= post.version
  const settled = sent.filter((f) => isAnswered(f) && same(next.mine[f], draft.attempt?.body[f]))
  return {
    ...next,
    mine: { ...next.mine, ...pick(next.base, settled) },
    conflicts: only(next.conflicts, (f) => !isAnswered(f)),
    attempt: null,
  }
}

/** Mine goes over theirs with the next save. */
export const keepMine = (draft: Draft, field: Field): Draft => ({
  ...draft,
  conflicts: without(draft.conflicts, field),
})

/** Mine is given up for theirs. */
export const takeTheirs = (draft: Draft, field: Field): Draft => edit(draft, field, draft.base[field])

/** Mine and theirs in one text, where they changed different lines; null where they did not. */
export function combined(draft: Draft, field: Field): string | null {
  const before = draft.conflicts[field]?.before
  const mine = draft.mine[field]
  const theirs = draft.base[field]
  if (typeof before !== 'string' || typeof mine !== 'string' || typeof theirs !== 'string') return null
  const patch = structuredPatch('', '', before, mine, undefined, undefined, { timeout: patience })
  const merged = patch && mine.includes('\n') && applyPatch(theirs, patch)
  return typeof merged === 'string' ? merged : null
}

/** Mine becomes the text that has both changes. Without one, the draft stays as it is. */
export function takeBoth(draft: Draft, field: Field): Draft {
  const both = combined(draft, field)
  return both === null ? draft : keepMine({ ...draft, mine: { ...draft.mine, [field]: both } }, field)
}

/** What outlives a crash: only the touched fields, each with the value it was based on. */
export type Stored = Pick<Draft, 'version' | 'conflicts' | 'attempt'> & {
  at: number
  base: Partial<Values>
  mine: Partial<Values>
}

export function pack(draft: Draft, at: number): Stored | null {
  const names = touched(draft)
  if (names.length === 0 && !draft.attempt) return null
  const { version, conflicts, attempt } = draft
  return { version, conflicts, attempt, at, base: pick(draft.base, names), mine: pick(draft.mine, names) }
}

/** Puts what was stored over today's post, as if its events had come one after the other. */
export function resume(post: Post | null, stored: Stored): Draft {
  const { base, mine } = start(post)
  const { version, conflicts, attempt } = stored
  const then: Draft = {
    version,
    conflicts,
    attempt,
    base: { ...base, ...stored.base },
    mine: { ...mine, ...stored.mine },
  }
  return post ? receive(then, post) : then
}

export function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => v === b[i])
  return a === b
}

const pick = (from: Partial<Values>, names: readonly Field[]): Partial<Values> =>
  Object.fromEntries(names.map((name) => [name, from[name]]))

const without = (conflicts: Draft['conflicts'], field: Field) => only(conflicts, (f) => f !== field)

function only(conflicts: Draft['conflicts'], isKept: (field: Field) => boolean): Draft['conflicts'] {
  const kept = fields.flatMap((f) => (conflicts[f] && isKept(f) ? [[f, conflicts[f]] as const] : []))
  return Object.fromEntries(kept)
}
