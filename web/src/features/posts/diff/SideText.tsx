import { Text } from '@mantine/core'
import { useMemo } from 'react'
import { WordDiff } from './WordDiff'
import { wordParts } from './wordParts'

/** One side of a conflict, with the words that it changed in the base. Text that is new as a whole is not marked. */
export function SideText({ base, text }: { base: string; text: string }) {
  const parts = useMemo(() => wordParts(withoutLineEnd(base === '' ? text : base), withoutLineEnd(text)), [base, text])
  if (text === '') return <Note>{base === '' ? 'Empty' : 'Deleted this text'}</Note>
  return <WordDiff parts={parts} />
}

const withoutLineEnd = (text: string): string => text.replace(/\n$/, '')

function Note({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" fs="italic">
      {children}
    </Text>
  )
}
