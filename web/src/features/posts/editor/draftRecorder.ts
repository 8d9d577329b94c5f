import { pack } from './draft'
import { deleteDraft, newSubject, postSubject, putDraft, recordKey, type DraftRecord, type Subject } from './draftStorage'
import type { Editing } from './editing'

/** Typed text is stored at most this often, in milliseconds; a text of more than usualLength less often. */
const writeEvery = 400
const usualLength = 100_000

type Storage = { put: (record: DraftRecord) => Promise<void>; remove: (key: string) => Promise<void> }

const indexedDb: Storage = { put: putDraft, remove: deleteDraft }

/**
 * Keeps the unsaved text of one form in this browser's storage while there is any, under the key of this tab and post.
 * One write is under way at a time, always with the newest text.
 */
export class DraftRecorder {
  readonly #editing: Editing
  readonly #owner: { userId: number; tab: string; newId: string }
  readonly #storage: Storage
  readonly #watchers = new Set<() => void>()
  readonly #unwatch: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #seen: unknown = null
  #writing: Promise<void> = Promise.resolve()
  /** The key of the record that is stored; null when there is none. */
  #stored: string | null
  #error: unknown = null

  constructor(editing: Editing, owner: { userId: number; tab: string; newId: string }, stored: string | null, storage = indexedDb) {
    this.#editing = editing
    this.#owner = owner
    this.#stored = stored
    this.#storage = storage
    this.#unwatch = editing.watch(this.#onChange)
    this.#onChange()
  }

  /** Why the last write failed; null when it succeeded. */
  error = (): unknown => this.#error

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  subject = (): Subject => {
    const { postId } = this.#editing.get()
    return postId === null ? newSubject(this.#owner.newId) : postSubject(postId)
  }

  /** Writes pending text now. Resolves when everything is written. */
  flush = (): Promise<void> => {
    if (this.#timer !== undefined) this.#write()
    return this.#writing
  }

  /** Ends the recording and writes nothing more. The record stays. */
  stop = (): void => {
    this.#unwatch()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #onChange = (): void => {
    const { draft } = this.#editing.get()
    if (draft === this.#seen) return
    this.#seen = draft
    const pause = writeEvery * Math.max(1, draft.mine.content.length / usualLength)
    this.#timer ??= setTimeout(() => this.#write(), pause)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#store()).then(
      () => this.#setError(null),
      (error: unknown) => this.#setError(error),
    )
  }

  async #store(): Promise<void> {
    const { draft, postId } = this.#editing.get()
    const { userId, tab } = this.#owner
    const packed = pack(draft)
    const subject = this.subject()
    const key = recordKey(userId, subject, tab)
    if (packed !== null) {
      const { title } = draft.mine
      await this.#storage.put({ key, userId, subject, postId, tab, title, at: Date.now(), draft: packed })
    }
    const old = this.#stored
    this.#stored = packed === null ? null : key
    if (old !== null && old !== this.#stored) await this.#storage.remove(old)
  }

  #setError(error: unknown): void {
    if (error === this.#error) return
    this.#error = error
    for (const watcher of [...this.#watchers]) watcher()
  }
}
