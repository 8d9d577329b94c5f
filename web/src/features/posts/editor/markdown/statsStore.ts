import type { TextSource } from '../../data/textSource'
import { textStats, type TextStats } from './textStats'

/** The pause in typing before a text is counted again, in milliseconds. */
const pause = 400

/** The statistics of a source, counted in idle time after a pause; the snapshot of a useSyncExternalStore. */
export class StatsStore {
  readonly #source: TextSource
  readonly #watchers = new Set<() => void>()
  #stats: TextStats
  #timer = 0
  #stop: () => void = () => undefined

  constructor(source: TextSource) {
    this.#source = source
    this.#stats = textStats(source.get())
  }

  get = (): TextStats => this.#stats

  watch = (watcher: () => void): (() => void) => {
    if (this.#watchers.size === 0) this.#start()
    this.#watchers.add(watcher)
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size === 0) this.#end()
    }
  }

  #start(): void {
    this.#stop = this.#source.watch(() => {
      window.clearTimeout(this.#timer)
      this.#timer = window.setTimeout(() => whenIdle(this.#count), pause)
    })
    this.#count()
  }

  #end(): void {
    this.#stop()
    window.clearTimeout(this.#timer)
  }

  #count = (): void => {
    const stats = textStats(this.#source.get())
    const { words, minutes, bytes } = this.#stats
    if (stats.words === words && stats.minutes === minutes && stats.bytes === bytes) return
    this.#stats = stats
    for (const watcher of [...this.#watchers]) watcher()
  }
}

/** Safari has no requestIdleCallback. */
function whenIdle(run: () => void): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(run, { timeout: 1_000 })
  else setTimeout(run, 0)
}
