import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Summary } from '../../../api/types'
import { describeChange } from '../../../ui/describeChange'
import { lastChangeQuery } from './posts'

/** A row that appears this soon after its change, in milliseconds, appears because of it. */
const newRow = 1_000

/** What made the post what it is: in words, and as the mark for a row which changed while it was on the screen. */
export function useLastChange(post: Summary): { words: string; mark: 'odd' | 'even' | undefined } {
  const [openedAt] = useState(() => Date.now())
  const { data: change } = useQuery(lastChangeQuery(post.id))
  const name = post.updatedBy.name
  if (change?.version !== post.version) {
    return { words: post.version === 1 ? `${name} created this post` : `Changed by ${name}`, mark: undefined }
  }
  const isFresh = change.heardAt > openedAt - newRow
  return {
    words: `${change.actor.name} ${describeChange({ ...change, published: post.published })}`,
    mark: isFresh ? (post.version % 2 === 1 ? 'odd' : 'even') : undefined,
  }
}
