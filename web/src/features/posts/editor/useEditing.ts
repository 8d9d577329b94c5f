import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Post } from '../../../api/types'
import { ApiError } from '../../../api/problem'
import { useSession } from '../../login/useSession'
import { Editing, type EditingState, type Send } from './editing'
import { draftKey, loadDraft } from './keptDrafts'
import { createPost, editPost, newKey, run } from '../data/posts'
import { applyAnswer } from '../data/postsPatch'
import { useKeptDraft } from './useKeptDraft'

export type UseEditing = EditingState & { editing: Editing; isKept: boolean }

/** The work on a post (null: on a new one), fed with each later state of it, and kept in this browser. */
export function useEditing(post: Post | null): UseEditing {
  const cache = useQueryClient()
  const { user, status } = useSession()
  const key = draftKey(user?.id ?? 0, post?.id ?? null)
  const [editing] = useState(() => {
    const send: Send = async (attempt) => {
      const answer = await run(cache, () => (post ? editPost(post.id, attempt) : createPost(attempt)))
      applyAnswer(cache, answer, post === null)
      return answer
    }
    return new Editing(post, loadDraft(key), send, newKey)
  })
  const state = useSyncExternalStore(editing.watch, editing.get)
  const isKept = useKeptDraft(editing, key)

  useEffect(() => {
    if (post) editing.receive(post)
  }, [editing, post])

  const isRefused = state.failure instanceof ApiError && state.failure.status === 401
  useEffect(() => {
    if (isRefused && status === 'signed-in') void editing.save()
  }, [editing, isRefused, status])

  return { ...state, editing, isKept }
}
