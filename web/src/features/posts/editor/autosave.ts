import { ApiError } from '@wiredesk/client'
import { isRefusalOf, isTemporary, type Editing } from './editing'

/** A pause in typing after which the text is saved, in milliseconds. */
const idleFor = 2_000
/** The longest time that typed text stays unsaved while typing continues, in milliseconds. */
const unsavedFor = 15_000
/** The longer delay for text restored after a crash, so that its author can discard it first. */
const restoredFor = 10_000
/** The length, in characters, above which both times grow in proportion. */
const usualLength = 100_000
const firstRetry = 1_000
const longestRetry = 30_000

type AutosaveOptions = {
  /** Whether autosave is on. Failed saves are retried in either case. */
  isOn: () => boolean
  random?: () => number
}

/**
 * Saves after a pause in typing, at an interval while typing continues, and again after a failure, with exponential
 * backoff and full jitter. It holds at most one timer.
 */
export class Autosave {
  readonly #editing: Editing
  readonly #isOn: () => boolean
  readonly #random: () => number
  readonly #unwatch: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #typed: unknown
  #typedAt = 0
  /** When the oldest change that no save has sent was typed; null without one. */
  #unsavedSince: number | null = null
  #idle = idleFor
  #failures = 0
  #wasBusy = false
  #hadFailure = false

  constructor(editing: Editing, { isOn, random = Math.random }: AutosaveOptions, isRestored = false) {
    this.#editing = editing
    this.#isOn = isOn
    this.#random = random
    this.#typed = editing.get().draft.mine
    this.#unwatch = editing.watch(this.#onChange)
    if (isRestored) this.#begin(restoredFor)
  }

  /** Saves unsaved text now, for a page that is hidden or left. */
  flush = (): void => {
    const { busy, block } = this.#editing.get()
    if (!this.#isOn() || busy !== null || block !== null || this.#editing.unsaved(true).length === 0) return
    void this.#editing.save({ autosave: true })
  }

  /** Repeats a failed save at once: the server is reachable again, or the switch was changed. */
  nudge = (): void => {
    if (this.#editing.get().failure !== null) this.#schedule(0)
    else this.#plan()
  }

  stop = (): void => {
    this.#unwatch()
    this.#clear()
  }

  #onChange = (): void => {
    const { draft, busy, failure } = this.#editing.get()
    const wasBusy = this.#wasBusy
    const hadFailure = this.#hadFailure
    this.#wasBusy = busy !== null
    this.#hadFailure = failure !== null
    if (!wasBusy && busy === 'saving') {
      this.#clear()
      this.#unsavedSince = null
    }
    if (draft.mine !== this.#typed) {
      this.#typed = draft.mine
      this.#begin(idleFor * Math.max(1, draft.mine.content.length / usualLength))
    }
    if (wasBusy && busy === null) this.#onEnd()
    else if (hadFailure && failure === null && busy === null) this.#plan() // The post was restored, or the role was given back.
  }

  #onEnd(): void {
    const { failure } = this.#editing.get()
    if (failure !== null) return this.#retry(failure)
    this.#failures = 0
    this.#plan()
  }

  #begin(idle: number): void {
    const { failure, busy } = this.#editing.get()
    this.#typedAt = Date.now()
    this.#unsavedSince ??= this.#typedAt
    this.#idle = idle
    // A failed save has its own timer, or waits for what ends the failure; typing then changes nothing.
    if (busy === null && (failure === null || isCurable(failure))) this.#plan()
  }

  #plan(): void {
    if (!this.#isOn() || this.#unsavedSince === null) return
    const longest = (unsavedFor * this.#idle) / idleFor
    const due = Math.min(this.#typedAt + this.#idle, this.#unsavedSince + Math.max(longest, this.#idle))
    this.#schedule(due - Date.now())
  }

  #schedule(delay: number): void {
    this.#clear()
    this.#timer = setTimeout(() => this.#save(), Math.max(0, delay))
  }

  #clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #save(): void {
    this.#clear()
    const { busy, draft, block } = this.#editing.get()
    if (busy !== null || block !== null) return
    const isRetry = draft.pending !== null
    if (isRetry || (this.#isOn() && this.#editing.unsaved(true).length > 0)) void this.#editing.save({ autosave: true })
    else if (!this.#editing.isUnsaved()) this.#unsavedSince = null
  }

  #retry(failure: unknown): void {
    this.#unsavedSince ??= Date.now()
    if (!isTemporary(failure) || isRefusalOf(failure, [401])) return
    const asked = failure instanceof ApiError ? (failure.retryAfter ?? 0) * 1000 : 0
    const backoff = this.#random() * Math.min(longestRetry, firstRetry * 2 ** this.#failures)
    this.#failures += 1
    this.#schedule(Math.max(asked, backoff, firstRetry / 2))
  }
}

/** Whether other text may be accepted: not while signed out, without the right to write, or while the post is deleted. */
const isCurable = (failure: unknown): boolean => !isTemporary(failure) && !isRefusalOf(failure, [401, 403, 404])
