import { useSyncExternalStore } from 'react'

/** The interval between updates of relative times, in milliseconds. */
const tick = 20_000

const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let now = 0

/** The time in milliseconds, updated every 20 s by one timer for the whole page. */
export const useNow = (): number => useSyncExternalStore(watch, get)

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  timer ??= setInterval(update, tick)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function get(): number {
  if (timer === undefined) now = Math.max(now, Math.floor(Date.now() / tick) * tick)
  return now
}

function update(): void {
  now = Date.now()
  for (const watcher of watchers) watcher()
}
