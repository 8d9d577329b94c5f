import classes from './diff.module.css'
import type { WordPart } from './wordParts'

/** Compared words: removed ones struck through, added ones marked. */
export function WordDiff({ parts }: { parts: readonly WordPart[] }) {
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
