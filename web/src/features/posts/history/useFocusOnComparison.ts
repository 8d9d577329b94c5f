import { useEffect, useRef } from 'react'

/** Moves the focus to the page's heading when the page changes between its list and a comparison. */
export function useFocusOnComparison(comparison: { from: number; to: number } | null): void {
  const key = comparison ? `${comparison.from}-${comparison.to}` : ''
  const previous = useRef(key)
  useEffect(() => {
    if (previous.current === key) return
    previous.current = key
    const heading = document.querySelector<HTMLElement>('h1')
    if (heading === null) return
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
  }, [key])
}
