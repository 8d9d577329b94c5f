/** Moves the unsaved text that builds before IndexedDB kept in localStorage. */
import { fields, type Field, type Values } from '../data/fields'
import { type StoredDraft } from './draft'
import { newSubject, postSubject, putDraft, recordKey } from './draftStorage'

const prefix = 'wiredesk.draft.'
/** A name that no tab has, so that the records are offered like those of a closed tab. */
const tab = 'earlier-build'

export async function moveLegacyDrafts(userId: number): Promise<void> {
  const own = `${prefix}${userId}.`
  for (const name of Object.keys(localStorage).filter((key) => key.startsWith(own))) {
    const postId = /^\d+$/.test(name.slice(own.length)) ? Number(name.slice(own.length)) : null
    const stored = parse(localStorage.getItem(name))
    const draft = readDraft(stored)
    if (draft !== null) {
      const subject = postId === null ? newSubject(tab) : postSubject(postId)
      const title = draft.mine.title ?? draft.base.title ?? ''
      const at = isRecord(stored) && typeof stored['at'] === 'number' ? stored['at'] : Date.now()
      await putDraft({ key: recordKey(userId, subject, tab), userId, subject, postId, tab, title, at, draft })
    }
    localStorage.removeItem(name)
  }
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

function readDraft(stored: unknown): StoredDraft | null {
  if (!isRecord(stored) || !isRecord(stored['mine']) || typeof stored['version'] !== 'number') return null
  const base = isRecord(stored['base']) ? stored['base'] : {}
  return { version: stored['version'], conflicts: {}, pending: null, base: valuesIn(base), mine: valuesIn(stored['mine']) }
}

function valuesIn(stored: Record<string, unknown>): Partial<Values> {
  const isValue = (field: Field) => (field === 'tags' ? Array.isArray(stored[field]) : typeof stored[field] === 'string')
  return Object.fromEntries(fields.filter(isValue).map((field) => [field, stored[field]]))
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
