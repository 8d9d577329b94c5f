import { useMemo } from 'react'
import classes from './diff.module.css'
import { wordParts } from './wordParts'

/** One short text with the changes that were made to it: removed words struck through, added words marked. */
export function WordDiff({ before, after }: { before: string; after: string }) {
  const parts = useMemo(() => wordParts(before, after), [before, after])
  return (
    <span className={classes.words} dir="auto">
      {parts.map(({ kind, text }, index) => {
        if (kind === 'removed') return <del key={index}>{text}</del>
        if (kind === 'added') return <ins key={index}>{text}</ins>
        return <span key={index}>{text}</span>
      })}
    </span>
  )
}
