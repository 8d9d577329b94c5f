import { Text } from '@mantine/core'
import { WordDiff } from './WordDiff'

/** One side of a conflict, with the words that it changed in the base. */
export function SideText({ base, text }: { base: string; text: string }) {
  if (text === '' && base === '') return <Note>Empty</Note>
  if (text === '') return <Note>Deleted this text</Note>
  return <WordDiff before={base.replace(/\n$/, '')} after={text.replace(/\n$/, '')} isInserted={base === ''} />
}

function Note({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" fs="italic">
      {children}
    </Text>
  )
}
