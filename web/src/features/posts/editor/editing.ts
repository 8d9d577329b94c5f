import { ApiError } from '../../../api/problem'
import type { Post } from '../../../api/types'
import {
  disputed,
  pack,
  receive,
  refused,
  resume,
  saved,
  start,
  submit,
  touched,
  type Attempt,
  type Draft,
  type Stored,
} from './draft'

export type EditingState = {
  draft: Draft
  isSaving: boolean
  /** Why the last save did not succeed; null when it did, or when none was tried. */
  failure: unknown
  /** When the text was typed that came back from an earlier visit; null when none did. */
  resumedAt: number | null
}

/** Sends one save and answers with the post as it is then. */
export type Send = (attempt: Attempt) => Promise<Post>

/**
 * One author's work on one post: the draft, and its way to the server. It knows no React. A save without an answer
 * is sent again under its own key before anything newer is, so that nothing is stored twice.
 */
export class Editing {
  #state: EditingState
  readonly #send: Send
  readonly #newKey: () => string
  readonly #watchers = new Set<() => void>()

  constructor(post: Post | null, stored: Stored | null, send: Send, newKey: () => string) {
    this.#send = send
    this.#newKey = newKey
    const draft = stored ? resume(post, stored) : start(post)
    const isBack = stored !== null && pack(draft, 0) !== null
    this.#state = { draft, isSaving: false, failure: null, resumedAt: isBack ? stored.at : null }
  }

  get = (): EditingState => this.#state

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Applies one of draft.ts' steps, such as `(draft) => edit(draft, 'title', text)`. */
  step = (change: (draft: Draft) => Draft): void => {
    const draft = change(this.#state.draft)
    if (draft !== this.#state.draft) this.#set({ draft })
  }

  /** A later state of the post came, by whatever way. */
  receive = (post: Post): void => this.step((draft) => receive(draft, post))

  /** Gives up what was typed, for the post as it is known now. */
  discard = (post: Post | null): void => this.#set({ draft: start(post), failure: null, resumedAt: null })

  /** Saves what is typed. Answers with the post, or null when that was not possible: `failure` tells why. */
  save = async (published = false): Promise<Post | null> => {
    if (this.#state.isSaving || disputed(this.#state.draft).length > 0) return null
    this.#set({ isSaving: true, failure: null })
    try {
      const post = await this.#sendAll(published)
      this.#set({ isSaving: false, resumedAt: null })
      return post
    } catch (failure) {
      this.#set({ isSaving: false, failure })
      return null
    }
  }

  /** Sends until nothing is left: after a repeated save comes what was typed since. */
  async #sendAll(published: boolean): Promise<Post> {
    for (;;) {
      const isRepeat = this.#state.draft.attempt !== null
      const { attempt, ...rest } = submit(this.#state.draft, this.#newKey(), published)
      this.#set({ draft: { ...rest, attempt } })
      const post = await this.#sendOne(attempt)
      const isDone = !isRepeat || touched(this.#state.draft).length === 0
      if (post && (isDone || disputed(this.#state.draft).length > 0)) return post
    }
  }

  /** Null: others changed it first, to what leaves nothing to choose; the rest can be sent, on their version. */
  async #sendOne(attempt: Attempt): Promise<Post | null> {
    try {
      const post = await this.#send(attempt)
      this.step((draft) => saved(draft, post))
      return post
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const current = error.status === 412 ? error.problem.current : undefined
      if (isFinal(error.status)) this.step(refused)
      if (!current || current.version <= attempt.version) throw error
      this.receive(current)
      if (disputed(this.#state.draft).length > 0) throw error
      return touched(this.#state.draft).length > 0 ? null : current
    }
  }

  #set(part: Partial<EditingState>): void {
    this.#state = { ...this.#state, ...part }
    for (const watcher of [...this.#watchers]) watcher()
  }
}

/** Whether the server surely stored nothing and will say the same again. 401 goes on after signing in. */
const isFinal = (status: number) => status >= 400 && status < 500 && ![401, 408, 429].includes(status)
