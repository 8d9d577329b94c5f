import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError, type History, type Person, type Post, type PostId, type Summary } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { explain } from '../../../api/problem'
import { showDone, showError, showUndo } from '../../../ui/notify'
import { useSession } from '../../login/useSession'
import { hasUnpublishedChanges } from './liveVersion'
import { deletePost, mutationKey, publishPost, readEpoch, restorePost, run } from './posts'
import { applyAnswer, applyDeleted } from './postsPatch'

export type PostActions = ReturnType<typeof postActions>

/**
 * The actions on a post outside its editor. Each shows its result at once; a failure is reported and answered with
 * null. While an action on a post is running, another one does nothing.
 */
export function usePostActions(): PostActions {
  const cache = useQueryClient()
  const { user } = useSession()
  const { history } = useLive()
  return useMemo(() => postActions(cache, user ?? { id: 0, name: '' }, history), [cache, user, history])
}

function postActions(cache: QueryClient, self: Person, history: () => History) {
  const attempt: Attempt = async (...args) => ((await isOtherHistory(history(), args[1])) ? null : runAction(cache, ...args))
  const restore = (id: PostId, version: number) =>
    attempt(id, 'Couldn’t restore the post', async () => shown(cache, await restorePost(id, version), true))
  const setPublished = (post: Summary, published: boolean) =>
    attempt(post.id, published ? 'Couldn’t publish the post' : 'Couldn’t unpublish the post', async () =>
      shown(cache, await publishPost(post.id, published, post.version), false),
    )
  const remove = (post: Summary) =>
    attempt(post.id, 'Couldn’t delete the post', async () => {
      await deletePost(post.id, post.version)
      const at = new Date().toISOString()
      applyDeleted(cache, { id: post.id, version: post.version + 1 }, { by: self, at })
      return true as const
    })

  /** Undoes a deletion: restores the text and, if readers saw exactly this text, publishes it. */
  const restoreRemoved = async (post: Summary) => {
    const draft = await restore(post.id, post.version)
    const wasLive = post.published && !hasUnpublishedChanges(post)
    const result = draft && wasLive ? await setPublished(draft, true) : draft
    if (result) showDone(`${quoted(post)} was restored${result.published ? ' and published' : ' as a draft'}.`)
  }

  return {
    /** Restores the text of a version. */
    restore,

    /** Publishes the current version, if it is the one that the user has seen. */
    publish: async (post: Summary) => {
      const answer = await setPublished(post, true)
      if (!answer) return null
      if (post.published) showDone(`The changes to ${quoted(post)} were published.`)
      else showUndo(notificationId(post), `${quoted(post)} was published.`, () => void setPublished(answer, false))
      return answer
    },

    /** Hides the post from readers. With unpublished changes, an undo can't restore the text that readers saw. */
    unpublish: async (post: Summary) => {
      const answer = await setPublished(post, false)
      if (!answer) return null
      const text = `${quoted(post)} was unpublished.`
      if (hasUnpublishedChanges(post)) showDone(text)
      else showUndo(notificationId(post), text, () => void setPublished(answer, true))
      return answer
    },

    remove: async (post: Summary) => {
      const isDone = await remove(post)
      if (isDone) showUndo(notificationId(post), `${quoted(post)} was deleted.`, () => void restoreRemoved(post))
      return isDone
    },

    /** Restores a deleted post, given as it is in the list of deleted posts, as a draft. */
    restoreDeleted: async (post: Summary) => {
      const answer = await restore(post.id, post.version - 1)
      if (answer) showUndo(notificationId(post), `${quoted(post)} was restored as a draft.`, () => void remove(answer))
      return answer
    },
  }
}

const listeners = new Set<(id: PostId) => void>()

/** Calls the listener after each successful action of this page on a post, undos included. Returns the function that stops it. */
export function onPostAction(listener: (id: PostId) => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Shows the outcome of an own request in the cache. */
function shown(cache: QueryClient, post: Post, isNew: boolean): Post {
  applyAnswer(cache, post, isNew)
  return post
}

const notificationId = ({ id }: Summary) => `post-${id}`
const quoted = ({ title }: Summary) => `“${title}”`

type Attempt = <T>(id: PostId, failed: string, work: () => Promise<T>) => Promise<T | null>

/** Whether the shown version belongs to another history of the event log, in which its number may be that of another text. */
async function isOtherHistory({ epoch, isCurrent }: History, failed: string): Promise<boolean> {
  if (isCurrent || epoch === null) return false
  const isOther = await readEpoch().then(
    (now) => now !== epoch,
    () => false, // The action reports why the server cannot be reached.
  )
  if (isOther) showError(failed, 'The database was restored to an earlier state. Review the post and try again.')
  return isOther
}

/** Runs one action of a post. On a conflict the current version is shown, with the name of its author. */
async function runAction<T>(cache: QueryClient, id: PostId, failed: string, work: () => Promise<T>): Promise<T | null> {
  if (cache.isMutating({ mutationKey: mutationKey(id) }) > 0) return null
  try {
    const result = await run(cache, work, id)
    for (const listener of listeners) listener(id)
    return result
  } catch (error) {
    const current = error instanceof ApiError && error.status === 412 ? error.problem.current : undefined
    if (current) applyAnswer(cache, current, false)
    showError(failed, current ? `${current.updatedBy.name} just changed this post. Review it and try again.` : explain(error))
    return null
  }
}
