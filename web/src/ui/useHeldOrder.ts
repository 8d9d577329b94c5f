import { useEffect, useRef, useState } from 'react'

/** Further down the page than this, in pixels, the reader is reading rather than looking at what is new. */
const awayFrom = 200

type Held<T> = { shown: T[]; waiting: number }

/** The rows in the order that was held: changed in place, removed, and grown at the end, but not shifted. */
export function holdOrder<T>(rows: T[], keyOf: (row: T) => number, held: readonly number[]): Held<T> {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  const kept = held.flatMap((key) => byKey.get(key) ?? [])
  const known = new Set(held)
  const end = rows.findLastIndex((row) => known.has(keyOf(row)))
  const added = rows.filter((row, index) => index > end && !known.has(keyOf(row)))
  return { shown: [...kept, ...added], waiting: rows.length - kept.length - added.length }
}

/** Keeps rows from moving under a reader who is down the page; at its top they stand as they come. */
export function useHeldOrder<T>(rows: T[], keyOf: (row: T) => number): Held<T> {
  const [held, setHeld] = useState<readonly number[] | null>(null)
  const latest = useRef<readonly number[]>([])
  useEffect(() => {
    latest.current = rows.map(keyOf)
  })
  useEffect(() => {
    const look = () => setHeld((was) => (window.scrollY < awayFrom ? null : (was ?? latest.current)))
    window.addEventListener('scroll', look, { passive: true })
    return () => window.removeEventListener('scroll', look)
  }, [])
  return held === null ? { shown: rows, waiting: 0 } : holdOrder(rows, keyOf, held)
}
