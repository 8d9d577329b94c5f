import { useEffect, useRef } from 'react'

/** The unsaved text on this page, for a dialog that covers it. */
let read: (() => string | null) | null = null

/** The page's unsaved text; null when there is none. */
export const unsavedText = (): string | null => read?.() ?? null

/** Makes a form's unsaved text available while the form is mounted. */
export function useUnsavedText(get: () => string | null): void {
  const latest = useRef(get)
  useEffect(() => {
    latest.current = get
  })
  useEffect(() => {
    const own = () => latest.current()
    read = own
    return () => {
      if (read === own) read = null
    }
  }, [])
}
