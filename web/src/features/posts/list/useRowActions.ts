import { useCallback, useMemo, useState } from 'react'
import type { ListedPost, Summary } from '@wiredesk/client'
import { hasUnpublishedChanges } from '../data/liveVersion'
import type { PostActions } from '../data/usePostActions'
import { focusMenuButton } from './rowFocus'

export type RowActions = {
  publish: (post: Summary) => void
  unpublish: (post: Summary) => void
  remove: (post: Summary) => void
  restore: (post: ListedPost) => void
}

/** An action that no undo can revert, before the user has confirmed it. */
export type Question = { action: 'publish' | 'unpublish' | 'remove'; post: Summary }

/**
 * The actions of rows. One that an undo reverts runs at once; the others wait for a confirmation: publishing changes,
 * and hiding or deleting a post with unpublished changes. `onRemoved` is called when a deletion or a
 * restore of the user has taken a row out of the list.
 */
export function useRowActions(actions: PostActions, onRemoved: (post: Summary) => void) {
  const [question, setQuestion] = useState<Question | null>(null)
  const [isAsking, setAsking] = useState(false)
  const perform = useCallback(
    async ({ action, post }: Question) => {
      if (action === 'publish') await actions.publish(post)
      else if (action === 'unpublish') await actions.unpublish(post)
      else if (await actions.remove(post)) onRemoved(post)
    },
    [actions, onRemoved],
  )
  const rowActions = useMemo((): RowActions => {
    const begin = (asked: Question) => {
      if (!hasUnpublishedChanges(asked.post)) return void perform(asked)
      setQuestion(asked)
      setAsking(true)
    }
    return {
      publish: (post) => begin({ action: 'publish', post }),
      unpublish: (post) => begin({ action: 'unpublish', post }),
      remove: (post) => begin({ action: 'remove', post }),
      restore: (post) => void actions.restoreDeleted(post).then((answer) => answer && onRemoved(post)),
    }
  }, [actions, onRemoved, perform])
  const close = () => {
    setAsking(false)
    if (question) focusMenuButton(question.post.id)
  }
  return {
    rowActions,
    /** The last question; it is open while isAsking. */
    question,
    isAsking,
    confirm: () => {
      close()
      if (question) void perform(question)
    },
    cancel: close,
  }
}
