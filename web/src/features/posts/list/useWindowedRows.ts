import { defaultRangeExtractor, useWindowVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual'
import { useCallback, useEffect, useRef, useState } from 'react'

/** The number of rows rendered above and below the screen. */
const overscan = 8

/** The measured heights of lists that were left, so that going back restores the scroll position. */
const knownSizes = new Map<string, VirtualItem[]>()
const maxKnown = 20

type Options = {
  /** The keys of all rows, in order. */
  keys: readonly number[]
  /** The height of a row that was not measured yet, in pixels. */
  estimate: number
  /** Names the list and its layout. */
  name: string
  /** The index of the row with the focus, which stays rendered. */
  pinned: number | null
}

/** A row to render, and the height of the rows above it that are not. */
export type Slot = { index: number; gap: number }

/** Picks the rows around the screen out of a list that scrolls with the window. */
export function useWindowedRows({ keys, estimate, name, pinned }: Options) {
  const container = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  useEffect(() => {
    const measure = () => {
      const top = container.current?.getBoundingClientRect().top
      if (top !== undefined) setMargin(Math.round(top + window.scrollY))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])

  const virtualizer = useWindowVirtualizer<Element>({
    count: keys.length,
    overscan,
    scrollMargin: margin,
    estimateSize: () => estimate,
    getItemKey: useCallback((index: number) => keys[index] ?? index, [keys]),
    rangeExtractor: useCallback((range: Range) => withPinned(range, keys, pinned), [keys, pinned]),
    measureElement: (element) => element.getBoundingClientRect().height || estimate,
    initialOffset: () => window.scrollY,
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    initialMeasurementsCache: knownSizes.get(name) ?? [],
    useFlushSync: false,
  })
  useEffect(
    () => () => {
      knownSizes.delete(name)
      knownSizes.set(name, virtualizer.takeSnapshot())
      for (const oldest of [...knownSizes.keys()].slice(0, -maxKnown)) knownSizes.delete(oldest)
    },
    [name, virtualizer],
  )

  const items = virtualizer.getVirtualItems()
  const slots = items.map((item, at): Slot => ({ index: item.index, gap: item.start - (items[at - 1]?.end ?? margin) }))
  const rest = margin + virtualizer.getTotalSize() - (items.at(-1)?.end ?? margin)
  return { container, slots, rest, measure: virtualizer.measureElement }
}

function withPinned(range: Range, keys: readonly number[], pinned: number | null): number[] {
  const indexes = defaultRangeExtractor(range)
  const at = pinned === null ? -1 : keys.indexOf(pinned)
  return at === -1 || indexes.includes(at) ? indexes : [...indexes, at].sort((a, b) => a - b)
}
