import { notifications } from '@mantine/notifications'
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { PostId } from '../../../api/ids'
import { explain } from '../../../api/problem'
import type { StoredEvent } from '../../../api/types'
import { restorePost, run } from '../data/posts'
import { applyAnswer } from '../data/postsPatch'
import { UndoNote } from '../data/UndoNote'
import { hasText } from '../data/versions'

const undoFor = 15_000

/** Restores versions of a post, and reports the outcome with an Undo. */
export function useRestore(id: PostId) {
  const cache = useQueryClient()
  const [isRestoring, setRestoring] = useState(false)
  const restore = async (version: number, newest: StoredEvent) => {
    setRestoring(true)
    try {
      await restoreTo(cache, id, version, !hasText(newest))
      if (hasText(newest)) offerUndo(cache, id, version, newest.data.version)
      else notifications.show({ message: `Version ${version} restored as a draft.` })
    } catch (error) {
      warn(version, error)
    } finally {
      setRestoring(false)
    }
  }
  return { restore, isRestoring }
}

async function restoreTo(cache: QueryClient, id: PostId, version: number, isNew: boolean): Promise<void> {
  applyAnswer(cache, await run(cache, () => restorePost(id, version)), isNew)
}

/** Undo restores the version that was the newest before. */
function offerUndo(cache: QueryClient, id: PostId, version: number, before: number): void {
  const key = `restored-${id}`
  const undo = () => {
    notifications.hide(key)
    restoreTo(cache, id, before, false).then(
      () => notifications.show({ message: `Version ${before} restored.` }),
      (error: unknown) => warn(before, error),
    )
  }
  const message = <UndoNote text={`Version ${version} restored`} onUndo={undo} />
  notifications.show({ id: key, autoClose: undoFor, message })
}

const warn = (version: number, error: unknown) =>
  notifications.show({ title: `Version ${version} was not restored`, message: explain(error), color: 'red', autoClose: 8_000 })
