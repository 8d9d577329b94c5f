import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'

/** The words in the search field: sent when typing pauses, and replaced when the address changes by other means. */
export function useSearchWords(q: string, onSearch: (q: string) => void): [string, (words: string) => void] {
  const [words, setWords] = useState(q)
  const [seen, setSeen] = useState(q)
  const [sent, setSent] = useState(q)
  const search = useDebouncedCallback((next: string) => {
    setSent(next.trim())
    onSearch(next.trim())
  }, 250)
  if (q !== seen) {
    setSeen(q)
    if (q !== sent) setWords(q)
  }
  return [
    words,
    (next) => {
      setWords(next)
      search(next)
    },
  ]
}
