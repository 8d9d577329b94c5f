import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Summary } from '@wiredesk/client'
import { describeChange } from '../../../ui/describeChange'
import { lastChangeQuery } from './posts'

/** A row that appears within this time after its change, in milliseconds, is marked as changed. */
const newRow = 1_000

/** The last change in words, and a mark for a row that changed while it was on the screen. */
export function useLastChange(post: Summary): { words: string; mark: 'odd' | 'even' | undefined } {
  const [openedAt] = useState(() => Date.now())
  const { data: change } = useQuery(lastChangeQuery(post.id))
  if (change?.version !== post.version) {
    return { words: wordsWithoutEvent(post), mark: undefined }
  }
  const isFresh = change.receivedAt > openedAt - newRow
  return {
    words: `${change.actor.name} ${describeChange({ ...change, published: post.published })}`,
    mark: isFresh ? (post.version % 2 === 1 ? 'odd' : 'even') : undefined,
  }
}

/** Only an import creates a post with a date in the past. */
function wordsWithoutEvent({ version, createdAt, updatedAt, updatedBy: { name } }: Summary): string {
  if (version > 1) return `${name} edited this post`
  return createdAt === updatedAt ? `${name} created this post` : `${name} imported this post`
}
