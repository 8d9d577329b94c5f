import type { Field } from '../data/fields'
import { deleteRejected, listRejected, putRejected, type RejectedText, type Subject } from './draftStorage'

/**
 * The texts of one post that were rejected in a conflict or discarded. They stay in this browser's storage until
 * they are dismissed; where the storage fails, in memory.
 */
export class RejectedTexts {
  readonly #userId: number
  readonly #subject: () => Subject
  readonly #newKey: () => string
  readonly #watchers = new Set<() => void>()
  #texts: readonly RejectedText[] = []

  constructor(userId: number, subject: () => Subject, newKey: () => string) {
    this.#userId = userId
    this.#subject = subject
    this.#newKey = newKey
  }

  get = (): readonly RejectedText[] => this.#texts

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  load = async (): Promise<void> => {
    const stored = await listRejected(this.#userId, this.#subject())
    const known = new Set(this.#texts.map(({ key }) => key))
    this.#set([...this.#texts, ...stored.filter(({ key }) => !known.has(key))])
  }

  /** Returns the key of the kept text; null for an empty text, which is not kept. */
  add = (field: Field, text: string, reason: RejectedText['reason']): string | null => {
    if (text.trim() === '') return null
    const rejected: RejectedText = {
      key: this.#newKey(),
      userId: this.#userId,
      subject: this.#subject(),
      field,
      text,
      at: Date.now(),
      reason,
    }
    this.#set([rejected, ...this.#texts])
    putRejected(rejected).catch(() => undefined) // It stays in memory.
    return rejected.key
  }

  dismiss = (key: string): void => {
    this.#set(this.#texts.filter((text) => text.key !== key))
    deleteRejected(key).catch(() => undefined)
  }

  /** The post was created: its texts are found under its id from now on. */
  move = (): void => {
    const subject = this.#subject()
    this.#set(this.#texts.map((text) => ({ ...text, subject })))
    for (const text of this.#texts) putRejected(text).catch(() => undefined)
  }

  #set(texts: readonly RejectedText[]): void {
    this.#texts = texts
    for (const watcher of [...this.#watchers]) watcher()
  }
}
