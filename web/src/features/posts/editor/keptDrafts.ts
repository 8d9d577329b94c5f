/** Unsaved text, kept in this browser until it is saved: a crash or a closed lid does not lose it. */
import type { PostId } from '../../../api/ids'
import type { Stored } from './draft'

const prefix = 'wiredesk.draft.'

/** More drafts than this are not kept; the oldest goes first. */
const most = 20

/** Where one user's draft of one post is kept. */
export const draftKey = (userId: number, postId: PostId | null): string => `${prefix}${userId}.${postId ?? 'new'}`

/** The kept draft, or null when there is none that can be read. */
export function loadDraft(key: string): Stored | null {
  const text = read(key)
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return isStored(value) ? value : null
  } catch {
    return null
  }
}

/** Keeps the draft, or with null forgets it. False when the browser has no room, or is not allowed to keep things. */
export function keepDraft(key: string, stored: Stored | null): boolean {
  try {
    if (stored === null) {
      localStorage.removeItem(key)
      return true
    }
    for (const old of others(key).slice(0, -(most - 1))) localStorage.removeItem(old)
    return write(key, JSON.stringify(stored))
  } catch {
    return false
  }
}

function write(key: string, text: string): boolean {
  for (const old of [...others(key), null]) {
    try {
      localStorage.setItem(key, text)
      return true
    } catch {
      if (old !== null) localStorage.removeItem(old)
    }
  }
  return false
}

/** The keys of all other drafts, the oldest first. */
function others(key: string): string[] {
  return Object.keys(localStorage)
    .filter((name) => name.startsWith(prefix) && name !== key)
    .sort((a, b) => (loadDraft(a)?.at ?? 0) - (loadDraft(b)?.at ?? 0))
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function isStored(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && 'mine' in value && 'base' in value && 'at' in value
}
