/**
 * A text outside React that an editor shows and changes. `get` is cheap and returns the current text; `set` stores what
 * was typed; `watch` calls back after each change of `get`, those by `set` included, and returns the function that stops
 * it; `changedBy` names the author of the last change that was not made by `set`, or null when unknown.
 */
export type TextSource = {
  get: () => string
  set: (text: string) => void
  watch: (watcher: () => void) => () => void
  changedBy: () => string | null
}

/** A TextSource in memory, for tests and for texts that are not stored. */
export class MemoryText implements TextSource {
  #text: string
  #author: string | null = null
  readonly #watchers = new Set<() => void>()

  constructor(text = '') {
    this.#text = text
  }

  get = (): string => this.#text

  changedBy = (): string | null => this.#author

  set = (text: string): void => this.#change(text)

  /** Stores a text that was not typed in this editor. */
  receive = (text: string, author: string | null): void => {
    this.#author = author
    this.#change(text)
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #change(text: string): void {
    if (text === this.#text) return
    this.#text = text
    for (const watcher of [...this.#watchers]) watcher()
  }
}
