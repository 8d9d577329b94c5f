import { useCallback, useEffect, useRef, useState, type RefObject } from 'react'

/** The order is frozen while the page is scrolled down by at least this, in pixels. */
const scrolledFrom = 200

/** The delay in milliseconds between the end of the last reason and the release: the focus moves in two steps. */
const releaseAfter = 150

type Reason = 'pointer' | 'focus' | 'scrolled'

type Frozen<T> = {
  shown: readonly T[]
  /** The keys of shown rows that are no longer in the list. They keep their place, so that no other row moves. */
  gone: ReadonlySet<number>
  /** The number of new rows that are not shown yet. */
  waiting: number
}

const none: ReadonlySet<number> = new Set()

/** Merges the rows into the frozen ones, which are updated in place and never moved. New rows wait. */
export function freezeOrder<T>(rows: readonly T[], keyOf: (row: T) => number, frozen: readonly T[]): Frozen<T> {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  const known = new Set(frozen.map(keyOf))
  const gone = new Set([...known].filter((key) => !byKey.has(key)))
  const shown = frozen.map((row) => byKey.get(keyOf(row)) ?? row)
  return { shown, gone, waiting: rows.length - (shown.length - gone.size) }
}

/** Appends the rows below the last frozen one: those of the pages that were loaded since. */
export function appendBelow<T>(rows: readonly T[], keyOf: (row: T) => number, frozen: readonly T[]): readonly T[] {
  const known = new Set(frozen.map(keyOf))
  const end = rows.findLastIndex((row) => known.has(keyOf(row)))
  return [...frozen, ...rows.filter((row, index) => index > end && !known.has(keyOf(row)))]
}

type Snapshot<T> = { scope: string; pages: number | null; rows: readonly T[] }

type Options = {
  /**
   * How many pages are loaded: the rows of further ones are appended. Null for a list in which no row changes its
   * place: there, every row below the last frozen one is appended.
   */
  pages?: number | null
  /** Names the list: another one starts unfrozen. */
  scope?: string
}

/**
 * Keeps rows from moving while the pointer or a touch is on the area, while the keyboard focus is in it, while a menu
 * or a dialog is open, and while the page is scrolled down. A stable `keyOf` keeps the returned functions stable.
 */
export function useFrozenOrder<T>(rows: readonly T[], keyOf: (row: T) => number, { pages = null, scope = '' }: Options = {}) {
  const [snapshot, setSnapshot] = useState<Snapshot<T> | null>(null)
  const current = snapshot && update(snapshot, { scope, pages, rows }, keyOf)
  if (current !== snapshot) setSnapshot(current)
  const result = current ? freezeOrder(rows, keyOf, current.rows) : { shown: rows, gone: none, waiting: 0 }

  const latest = useRef<Snapshot<T>>({ scope, pages, rows })
  useEffect(() => {
    latest.current = { scope, pages, rows }
  })
  const area = useRef<HTMLDivElement>(null)
  useReasons(
    area,
    useCallback((isHeld: boolean) => setSnapshot((was) => (isHeld ? (was ?? latest.current) : null)), []),
  )
  return {
    ...result,
    /** To be set on the element that holds the rows. */
    area,
    /** Displays the rows that wait. */
    showNew: useCallback(() => setSnapshot((was) => was && latest.current), []),
    /** Removes a row at once, because the user asked for it. */
    drop: useCallback(
      (key: number) => setSnapshot((was) => was && { ...was, rows: was.rows.filter((row) => keyOf(row) !== key) }),
      [keyOf],
    ),
  }
}

/** The snapshot of the same list, with the rows that were loaded since; or a new one of another list. */
function update<T>(snapshot: Snapshot<T>, latest: Snapshot<T>, keyOf: (row: T) => number): Snapshot<T> {
  if (snapshot.scope !== latest.scope) return latest
  if (snapshot.pages !== null && snapshot.pages === latest.pages) return snapshot
  const rows = appendBelow(latest.rows, keyOf, snapshot.rows)
  const isSame = rows.length === snapshot.rows.length && snapshot.pages === latest.pages
  return isSame ? snapshot : { ...latest, rows }
}

/**
 * Reports when the first reason to freeze begins, and when the last one has ended for a while. It listens on the
 * document: an element that is removed under the pointer or with the focus gets no event.
 */
function useReasons(area: RefObject<Element | null>, onChange: (isHeld: boolean) => void): void {
  useEffect(() => {
    const reasons = new Set<Reason>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const set = (reason: Reason, isGiven: boolean) => {
      if (isGiven) {
        clearTimeout(timer)
        reasons.add(reason)
        onChange(true)
      } else if (reasons.delete(reason) && reasons.size === 0) {
        clearTimeout(timer)
        timer = setTimeout(() => onChange(false), releaseAfter)
      }
    }
    const isInside = (target: EventTarget | null) => target instanceof Element && area.current?.contains(target) === true
    const listeners: [keyof DocumentEventMap, (event: Event) => void][] = [
      ['scroll', () => set('scrolled', window.scrollY >= scrolledFrom)],
      ['pointerover', ({ target }) => {
        set('pointer', isInside(target))
        if (document.activeElement === document.body) set('focus', false)
      }],
      ['pointerout', (event) => event instanceof MouseEvent && event.relatedTarget === null && set('pointer', false)],
      ['focusin', ({ target }) => set('focus', isInOverlay(target) || (isInside(target) && isKeyboardFocus(target)))],
      ['focusout', () => set('focus', false)],
    ]
    for (const [type, listener] of listeners) document.addEventListener(type, listener, { passive: true })
    return () => {
      clearTimeout(timer)
      for (const [type, listener] of listeners) document.removeEventListener(type, listener)
    }
  }, [area, onChange])
}

const isInOverlay = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('[role="menu"], [role="dialog"]') !== null

/** A focus by a click does not freeze the order: the pointer decides then. */
const isKeyboardFocus = (target: EventTarget | null): boolean => target instanceof Element && target.matches(':focus-visible')
