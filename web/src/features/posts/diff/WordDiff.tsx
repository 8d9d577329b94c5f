import { useMemo, type ReactNode } from 'react'
import classes from './diff.module.css'
import { wordParts } from './wordParts'

type Props = {
  before: string
  after: string
  /** The whole text is new: nothing in it is marked. */
  isInserted?: boolean
}

/** One text with the changes that were made to it: removed words struck through, added words marked. */
export function WordDiff({ before, after, isInserted = false }: Props) {
  const parts = useMemo(() => wordParts(before, after), [before, after])
  if (isInserted) return <Words>{after}</Words>
  return (
    <Words>
      {parts.map(({ kind, text }, index) => {
        if (kind === 'removed') return <del key={index}>{text}</del>
        if (kind === 'added') return <ins key={index}>{text}</ins>
        return <span key={index}>{text}</span>
      })}
    </Words>
  )
}

function Words({ children }: { children: ReactNode }) {
  return (
    <span className={classes.words} dir="auto">
      {children}
    </span>
  )
}
