import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'

/** The pause in typing before a search starts, in milliseconds. */
const pause = 250

/** The text in the search field: searched for when typing pauses, and replaced when the address changes otherwise. */
export function useSearchText(q: string, onSearch: (q: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(q)
  const [seen, setSeen] = useState(q)
  const [sent, setSent] = useState(q)
  const search = useDebouncedCallback((next: string) => {
    setSent(next.trim())
    onSearch(next.trim())
  }, pause)
  if (q !== seen) {
    setSeen(q)
    if (q !== sent) setText(q)
  }
  return [
    text,
    (next) => {
      setText(next)
      search(next)
    },
  ]
}
