import { useEffect, useRef, useState } from 'react'
import type { Post } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { session as account } from '../../../api/session'
import { useSession } from '../../login/useSession'
import type { Block } from './editingState'
import { findSession, openSession, type EditorSession, type SignIn } from './editorSession'
import { changeOf, useEditorPorts } from './useEditorPorts'

const signIn: SignIn = {
  isOver: () => {
    const state = account.get()
    return state.status === 'signed-out' && state.lapsed === null
  },
  subscribe: account.subscribe,
}

type Options = { post: Post | null; newId: string; restoreKey: string | null }

/** The form of a post with its unsaved text; null while that is read from this browser's storage. */
export function useEditorSession({ post, newId, restoreKey }: Options): EditorSession | null {
  const { user } = useSession()
  const ports = useEditorPorts()
  const userId = user?.id ?? 0
  const [session, setSession] = useState(() => findSession(userId, post?.id ?? null, newId))
  const first = useRef({ post, prefilled: { authorName: user?.name ?? '' } })
  useEffect(() => {
    if (session !== null) return
    let isUnmounted = false
    const options = { userId, newId, ports, signIn, ...first.current }
    void openSession(options, restoreKey).then((opened) => !isUnmounted && setSession(opened))
    return () => {
      isUnmounted = true
    }
  }, [session, userId, newId, ports, restoreKey])
  useEffect(() => session?.attach(), [session])
  return session
}

/** Feeds the form with each later version of the post, and repeats failed saves when the server is back. */
export function useFeed(session: EditorSession, post: Post | null, block: Block | null): void {
  const { editing, autosave } = session
  const { state, epoch, subscribe } = useLive()
  const { status } = useSession()
  useEffect(
    () =>
      subscribe((event) => {
        if (event.data.id === editing.get().postId && event.type !== 'blog-deleted') editing.note(changeOf(event))
      }),
    [editing, subscribe],
  )
  useEffect(() => {
    if (post) editing.receive(post)
  }, [editing, post])
  useEffect(() => {
    if (epoch !== null) void editing.checkHistory()
  }, [editing, epoch])
  useEffect(() => {
    editing.setBlock(block)
    if (block === null && state === 'live' && status === 'signed-in') autosave.nudge()
  }, [editing, autosave, block, state, status])
}
