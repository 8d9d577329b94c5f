import { useEffect, useRef } from 'react'
import { useSearchParams } from 'react-router'

/** The version or comparison in the address of a history page: `?version=3`, or `?from=3&to=5` for a comparison. */
export function useHistoryAddress() {
  const [params, setParams] = useSearchParams()
  const number = (name: string) => {
    const text = params.get(name) ?? ''
    return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : null
  }
  const from = number('from')
  const to = number('to')
  return {
    version: number('version'),
    comparison: from !== null && to !== null ? { from, to } : null,
    open: (version: number | null) => setParams(version === null ? {} : { version: String(version) }),
    compare: (older: number, newer: number) => setParams({ from: String(older), to: String(newer) }),
  }
}

/** Moves the focus to the page's heading when the page switches between the list and a comparison. */
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
