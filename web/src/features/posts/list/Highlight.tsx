import { memo } from 'react'
import { findMatches, type Match, type SearchTerm } from '../data/searchMatch'
import classes from './posts.module.css'

/** A text that is longer before its first match, in characters, is cut there: one line is shown of it. */
const lead = 40

type Props = { text: string; terms: readonly SearchTerm[]; isExcerpt?: boolean }

/** The text with the parts that match the search marked. */
export const Highlight = memo(function Highlight({ text, terms, isExcerpt = false }: Props) {
  const matches = findMatches(text, terms)
  const start = isExcerpt ? excerptStart(text, matches) : 0
  const parts: React.ReactNode[] = start > 0 ? ['…'] : []
  let at = start
  for (const { from, to } of matches) {
    parts.push(text.slice(at, from), <mark key={from} className={classes.match}>{text.slice(from, to)}</mark>)
    at = to
  }
  return <>{[...parts, text.slice(at)]}</>
})

/** The beginning of a word shortly before the first match. */
function excerptStart(text: string, matches: readonly Match[]): number {
  const first = matches[0]?.from ?? 0
  if (first <= 2 * lead) return 0
  const space = text.indexOf(' ', first - lead)
  return space === -1 || space >= first ? first : space + 1
}
