import { useEffect, useRef, type RefObject } from 'react'

/** Moves the focus to the element of the ref when the condition becomes true, or when it is mounted with it. */
export function useFocusWhen<E extends HTMLElement>(isFocused: boolean): RefObject<E | null> {
  const element = useRef<E>(null)
  useEffect(() => {
    if (isFocused) element.current?.focus()
  }, [isFocused])
  return element
}
