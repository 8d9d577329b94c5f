/**
 * Unsaved text in this browser's IndexedDB: one record per tab and post, so that two tabs never share one, and the
 * texts that were rejected in a conflict or discarded. Nothing here is ever evicted: a record is deleted when its text is
 * saved, or when its author asks for it. A function rejects when the browser forbids the storage or has no room.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Field } from '../data/fields'
import type { StoredDraft } from './draft'

/** The post that a record belongs to: `post-5`, or `new-…` for one that is not created yet. */
export type Subject = string

export type DraftRecord = {
  key: string
  userId: number
  subject: Subject
  postId: number | null
  /** The tab that wrote it (tabs.ts). */
  tab: string
  title: string
  /** When it was written, in milliseconds since 1970. */
  at: number
  draft: StoredDraft
}

export type RejectedText = {
  key: string
  userId: number
  subject: Subject
  field: Field
  text: string
  at: number
  reason: 'conflict' | 'discarded'
}

/** A record as the dialog at the sign-out lists it. */
export type UnsavedText = Pick<DraftRecord, 'key' | 'title' | 'postId' | 'at'>

interface Schema extends DBSchema {
  drafts: { key: string; value: DraftRecord; indexes: { userId: number } }
  rejected: { key: string; value: RejectedText; indexes: { userId: number } }
}

const databaseName = 'wiredesk-drafts'
/** Another tab with an older version of the database open must not keep this one waiting, in milliseconds. */
const openWithin = 5_000

export const postSubject = (postId: number): Subject => `post-${postId}`
export const newSubject = (newId: string): Subject => `new-${newId}`

export const recordKey = (userId: number, subject: Subject, tab: string): string => `${userId}/${subject}/${tab}`

let opened: Promise<IDBPDatabase<Schema>> | null = null

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= open().catch((error: unknown) => {
    opened = null
    throw error
  })
  return opened
}

async function open(): Promise<IDBPDatabase<Schema>> {
  const opening = openDB<Schema>(databaseName, 1, {
    upgrade(db) {
      db.createObjectStore('drafts', { keyPath: 'key' }).createIndex('userId', 'userId')
      db.createObjectStore('rejected', { keyPath: 'key' }).createIndex('userId', 'userId')
    },
    blocking: forget,
    terminated: () => {
      opened = null
    },
  })
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('The browser did not open its storage.')), openWithin)
  })
  return Promise.race([opening, late])
}

/** Closes the database; the next call opens it again. */
export function forget(): void {
  void opened?.then((db) => db.close()).catch(() => undefined)
  opened = null
}

export async function putDraft(record: DraftRecord): Promise<void> {
  await (await database()).put('drafts', record)
}

export async function deleteDraft(key: string): Promise<void> {
  await (await database()).delete('drafts', key)
}

/** The user's records of one post, or with `new-` of all posts that are not created yet; the newest first. */
export async function listDrafts(userId: number, subject: Subject | 'new-'): Promise<DraftRecord[]> {
  const all = await (await database()).getAllFromIndex('drafts', 'userId', userId)
  const isOne = (record: DraftRecord) => (subject === 'new-' ? record.postId === null : record.subject === subject)
  return all.filter(isOne).sort((a, b) => b.at - a.at)
}

export async function putRejected(text: RejectedText): Promise<void> {
  await (await database()).put('rejected', text)
}

export async function deleteRejected(key: string): Promise<void> {
  await (await database()).delete('rejected', key)
}

export async function listRejected(userId: number, subject: Subject): Promise<RejectedText[]> {
  const all = await (await database()).getAllFromIndex('rejected', 'userId', userId)
  return all.filter((text) => text.subject === subject).sort((a, b) => b.at - a.at)
}

const beforeListing = new Set<() => Promise<void>>()

/** listUnsavedTexts awaits `finish` first, in which a form saves or stores its text. Returns a function that removes it. */
export function onBeforeListing(finish: () => Promise<void>): () => void {
  beforeListing.add(finish)
  return () => beforeListing.delete(finish)
}

/**
 * All unsaved texts of the user, which a sign-out would leave readable in this browser. Empty where the browser stores
 * nothing.
 */
export async function listUnsavedTexts(userId: number): Promise<UnsavedText[]> {
  await Promise.allSettled([...beforeListing].map((finish) => finish()))
  const db = await database().catch(() => null)
  if (db === null) return []
  const drafts = await db.getAllFromIndex('drafts', 'userId', userId)
  const rejected = await db.getAllFromIndex('rejected', 'userId', userId)
  const left = rejected.map(({ key, subject, field, at }) => ({
    key,
    title: `Rejected text (${field})`,
    postId: subject.startsWith('post-') ? Number(subject.slice('post-'.length)) : null,
    at,
  }))
  return [...drafts.map(({ key, title, postId, at }) => ({ key, title, postId, at })), ...left].sort((a, b) => b.at - a.at)
}

/** Deletes everything that listUnsavedTexts lists. */
export async function deleteUnsavedTexts(userId: number): Promise<void> {
  const transaction = (await database()).transaction(['drafts', 'rejected'], 'readwrite')
  for (const name of ['drafts', 'rejected'] as const) {
    const store = transaction.objectStore(name)
    for (const key of await store.index('userId').getAllKeys(userId)) void store.delete(key)
  }
  await transaction.done
}
