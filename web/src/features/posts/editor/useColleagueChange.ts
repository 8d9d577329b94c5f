import { useEffect, useState } from 'react'
import type { BlogEvent, Person, Post } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { useEditing, useEditor } from './EditorContext'
import { personName } from './personName'
import { clockTime } from './saveLine'
import type { Notice } from './useNotices'

type StateChange = { version: number; by: Person; words: string; at: string; epoch: string | null }

/** A notice when someone else published, unpublished or restored the post that is edited here. */
export function useColleagueChange(post: Post | null): Notice | null {
  const { session, editing } = useEditor()
  const { subscribe, epoch, history } = useLive()
  const [change, setChange] = useState<StateChange | null>(null)
  const isOwn = useEditing(
    ({ draft, busy }) =>
      change !== null &&
      change.by.id === session.userId &&
      (busy === 'publishing' || draft.changes.some(({ version, isOwn }) => version === change.version && isOwn)),
  )
  useEffect(
    () =>
      subscribe((event) => {
        if (event.data.id !== editing.get().postId) return
        const words = wordsFor(event)
        if (words === null) return
        const { actor, time, data } = event
        setChange({ version: data.version, by: actor, words, at: time, epoch: history().epoch })
      }),
    [editing, subscribe, history],
  )
  if (post === null || change === null || isOwn || change.epoch !== epoch) return null
  return {
    key: `state-${change.version}`,
    color: 'orange',
    text: `${personName(change.by, session.userId)} ${change.words.replace('{time}', `at ${clockTime(change.at)}`)}`,
    actions: [],
    onDismiss: () => setChange(null),
  }
}

function wordsFor(event: BlogEvent): string | null {
  switch (event.type) {
    case 'blog-published':
      return event.data.published
        ? 'published this post {time}. Readers see it as it was saved then.'
        : 'unpublished this post {time}. Readers can no longer see it.'
    case 'blog-created':
      return event.data.version > 1 ? 'restored this post as a draft {time}. You can save again.' : null
    case 'blog-updated':
      return event.restored === undefined ? null : `restored version ${event.restored} of this post {time}.`
    case 'blog-deleted':
      return null
  }
}
