import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError, type Post, randomId, type StoredEvent } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { session } from '../../../api/session'
import { createPost, editPost, postQuery, publishPost, readEpoch, run } from '../data/posts'
import { applyAnswer } from '../data/postsPatch'
import { readVersionsSince } from '../data/versions'
import type { Change } from './draft'
import type { EditingPorts } from './editingState'

/** The editor's calls of the server. Each answer is in the query cache when it is returned. */
export function useEditorPorts(): EditingPorts {
  const cache = useQueryClient()
  const { history } = useLive()
  return useMemo(() => {
    const change = async (isNew: boolean, call: () => Promise<Post>): Promise<Post> => {
      try {
        const post = await run(cache, call)
        applyAnswer(cache, post, isNew)
        return post
      } catch (error) {
        if (error instanceof ApiError && error.status === 403) readRole()
        throw error
      }
    }
    return {
      create: (save) => change(true, () => createPost(save)),
      update: (id, save) => change(false, () => editPost(id, save)),
      publish: (id, published, version) => change(false, () => publishPost(id, published, version ?? undefined)),
      changesSince: async (id, version) => (await readVersionsSince(id, version)).map(changeOf),
      read: async (id) => {
        try {
          await cache.fetchQuery({ ...postQuery(id), staleTime: 0 })
          return cache.getQueryData(postQuery(id).queryKey) ?? null
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) return null
          throw error
        }
      },
      knownEpoch: () => history().epoch,
      epoch: async () => {
        const { epoch, isCurrent } = history()
        return epoch !== null && isCurrent ? epoch : readEpoch()
      },
      newKey: randomId,
      now: () => Date.now(),
    }
  }, [cache, history])
}

/** Renews the token, which has the current role: the form is then read-only. */
function readRole(): void {
  session.refresh().catch(() => undefined)
}

export const changeOf = ({ actor, time, changed, data }: Pick<StoredEvent, 'actor' | 'time' | 'changed' | 'data'>): Change => ({
  version: data.version,
  by: actor,
  at: time,
  fields: changed,
  isOwn: false,
})
