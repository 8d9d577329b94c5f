import { Group, Text, VisuallyHidden } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { useMemo } from 'react'
import { WordDiff } from '../diff/WordDiff'
import { wordParts, type WordPart } from '../diff/wordParts'
import classes from './history.module.css'

/** The old and the new value of a short field, with the changed words marked. */
export function ShortChange({ before, after }: { before: string; after: string }) {
  const parts = useMemo(() => wordParts(before, after), [before, after])
  return (
    <Group gap="xs" align="flex-start">
      <Value parts={parts.filter(({ kind }) => kind !== 'added')} />
      <IconArrowRight size={16} aria-hidden className={classes.arrow} />
      <VisuallyHidden>changed to</VisuallyHidden>
      <Value parts={parts.filter(({ kind }) => kind !== 'removed')} />
    </Group>
  )
}

function Value({ parts }: { parts: WordPart[] }) {
  if (parts.length === 0) return <Text size="sm" c="dimmed" fs="italic">empty</Text>
  return (
    <Text size="sm" component="span">
      <WordDiff parts={parts} />
    </Text>
  )
}
