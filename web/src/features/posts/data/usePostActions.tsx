import { notifications } from '@mantine/notifications'
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { PostId } from '../../../api/ids'
import { ApiError, explain } from '../../../api/problem'
import type { Post, Summary } from '../../../api/types'
import { useSession } from '../../login/useSession'
import { deletePost, publishPost, restorePost, run, type Person } from './posts'
import { applyAnswer, applyDeleted } from './postsPatch'
import { UndoNote } from './UndoNote'

const undoFor = 10_000

/** The one-click changes. Each shows its outcome at once, tells a failure, and answers with null then. */
export function usePostActions() {
  const cache = useQueryClient()
  const { user } = useSession()
  const restore = (id: PostId, version: number) =>
    telling(cache, 'The post was not restored', async () => {
      const post = await restorePost(id, version)
      applyAnswer(cache, post, true)
      return post
    })
  return {
    restore,
    publish: (post: Summary, published: boolean) =>
      telling(cache, 'Nothing was changed', async () => {
        const answer = await publishPost(post.id, published)
        applyAnswer(cache, answer, false)
        return answer
      }),
    remove: (post: Summary) =>
      telling(cache, 'The post was not deleted', async () => {
        const gone = await removeAt(cache, post, user ?? { id: 0, name: '' })
        if (gone) offerUndo(post, () => void restore(post.id, post.version))
        return gone
      }),
  }
}

async function removeAt(cache: QueryClient, post: Summary, by: Person): Promise<boolean> {
  try {
    await deletePost(post.id, post.version)
    applyDeleted(cache, { id: post.id, version: post.version + 1 }, { by, at: new Date().toISOString() })
    return true
  } catch (error) {
    const current = error instanceof ApiError ? error.problem.current : undefined
    if (!current) throw error
    applyAnswer(cache, current, false)
    warn('The post was not deleted', `${current.updatedBy.name} changed it just now. Have a look, then delete it again.`)
    return false
  }
}

function offerUndo(post: Summary, undo: () => void): void {
  const id = `deleted-${post.id}`
  const onUndo = () => {
    notifications.hide(id)
    undo()
  }
  notifications.show({ id, autoClose: undoFor, message: <UndoNote text={`“${post.title}” was deleted.`} onUndo={onUndo} /> })
}

async function telling<T extends Post | boolean>(
  cache: QueryClient,
  title: string,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await run(cache, work)
  } catch (error) {
    warn(title, explain(error))
    return null
  }
}

const warn = (title: string, message: string) => notifications.show({ title, message, color: 'red', autoClose: 8_000 })
