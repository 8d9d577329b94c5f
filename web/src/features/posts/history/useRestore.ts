import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { PostId, StoredEvent } from '@wiredesk/client'
import { explain } from '../../../api/problem'
import { showDone, showError, showUndo } from '../../../ui/notify'
import { restorePost, run } from '../data/posts'
import { applyAnswer } from '../data/postsPatch'
import { hasText } from '../data/versions'

/** Restores versions of a post, and reports the outcome with an Undo. */
export function useRestore(id: PostId) {
  const cache = useQueryClient()
  const [isRestoring, setRestoring] = useState(false)
  const restore = async (version: number, newest: StoredEvent) => {
    setRestoring(true)
    const isDone = await restoreTo(cache, id, version, !hasText(newest))
    setRestoring(false)
    if (isDone && hasText(newest)) offerUndo(cache, id, version, newest.data.version)
    else if (isDone) showDone(`Version ${version} restored as a draft.`)
  }
  return { restore, isRestoring }
}

/** False when it failed; the failure is reported. */
async function restoreTo(cache: QueryClient, id: PostId, version: number, isNew: boolean): Promise<boolean> {
  try {
    applyAnswer(cache, await run(cache, () => restorePost(id, version)), isNew)
    return true
  } catch (error) {
    showError(`Couldn’t restore version ${version}`, explain(error))
    return false
  }
}

/** The undo restores `before`, the version that was the newest one. */
function offerUndo(cache: QueryClient, id: PostId, version: number, before: number): void {
  const undo = async () => {
    if (await restoreTo(cache, id, before, false)) showDone(`Version ${before} restored.`)
  }
  showUndo(`restored-${id}`, `Version ${version} restored`, () => void undo())
}
