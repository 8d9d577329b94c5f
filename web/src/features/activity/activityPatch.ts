import type { Patch } from '../../live/patch'
import { liveQuery, entryOf, pagesQuery } from './activity'

/** The maximum number of live entries. With more, the feed is read again. */
const maxLive = 500

export const activityPatch: Patch = (cache, event) => {
  const live = cache.getQueryData(liveQuery.queryKey) ?? []
  if (live[0] && live[0].seq >= event.seq) return
  const isFull = live.length >= maxLive
  cache.setQueryData(liveQuery.queryKey, [entryOf(event), ...(isFull ? [] : live)])
  if (isFull) void cache.resetQueries({ queryKey: pagesQuery.queryKey })
}
