import { ApiError } from '@wiredesk/client'
import { explain } from '../../../api/problem'

/** A text that changes outside React: the part of a TextSource that a preview needs. */
export type WatchedText = {
  get: () => string
  watch: (watcher: () => void) => () => void
}

export type Rendered = {
  /** The HTML of `text`; null until the first answer. */
  html: string | null
  text: string
  /** Why the HTML is older than the text; null while it is current or on its way. */
  problem: string | null
}

type Render = (text: string, signal: AbortSignal) => Promise<string>

/** A request starts this long after the last change, in ms. */
const pause = 300
const firstRetry = 5_000
const longestRetry = 60_000

/**
 * Keeps the HTML of a text. After a pause in the changes it asks the server, one request at a time: a request for an
 * older text is aborted. After a failure it keeps the last HTML with the reason, and tries again with backoff or as
 * soon as the browser is online.
 */
export class Rendering {
  readonly #text: WatchedText
  readonly #render: Render
  readonly #watchers = new Set<() => void>()
  #state: Rendered = { html: null, text: '', problem: null }
  #timer: ReturnType<typeof setTimeout> | undefined
  #request: AbortController | null = null
  #retry = firstRetry

  constructor(text: WatchedText, render: Render) {
    this.#text = text
    this.#render = render
  }

  get = (): Rendered => this.#state

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Renders now and after each change, until the returned function is called. */
  start = (): (() => void) => {
    const stop = this.#text.watch(() => this.#after(pause))
    window.addEventListener('online', this.#send)
    this.#send()
    return () => {
      stop()
      window.removeEventListener('online', this.#send)
      clearTimeout(this.#timer)
      this.#request?.abort()
      this.#request = null
    }
  }

  #after(delay: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#send, delay)
  }

  readonly #send = (): void => {
    clearTimeout(this.#timer)
    const text = this.#text.get()
    if (this.#state.html !== null && this.#state.text === text) return this.#current(text)
    this.#request?.abort()
    const request = new AbortController()
    this.#request = request
    this.#render(text, request.signal).then(
      (html) => {
        if (this.#request !== request) return
        this.#request = null
        this.#retry = firstRetry
        this.#set({ html, text, problem: null })
      },
      (error: unknown) => {
        if (this.#request !== request) return
        this.#request = null
        this.#fail(error)
      },
    )
  }

  /** The text equals the one of the shown HTML again. */
  #current(text: string): void {
    this.#request?.abort()
    this.#request = null
    if (this.#state.problem !== null) this.#set({ ...this.#state, text, problem: null })
  }

  #fail(error: unknown): void {
    this.#set({ ...this.#state, problem: reason(error) })
    if (error instanceof ApiError && error.status < 500 && error.status !== 429) return // until the text changes
    const wait = error instanceof ApiError ? error.retryAfter : null
    this.#after(wait === null ? this.#retry : wait * 1000)
    this.#retry = Math.min(longestRetry, this.#retry * 2)
  }

  #set(state: Rendered): void {
    this.#state = state
    for (const watcher of [...this.#watchers]) watcher()
  }
}

function reason(error: unknown): string {
  if (error instanceof ApiError) return explain(error)
  return error instanceof DOMException && error.name === 'TimeoutError' ? 'the server does not respond' : 'offline'
}
