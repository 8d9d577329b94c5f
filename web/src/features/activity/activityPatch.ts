import type { Patch } from '../../live/patch'
import { cameQuery, entryOf, pastQuery } from './activity'

/** When so many came, the past is read again in their place. */
const most = 500

export const activityPatch: Patch = (cache, event) => {
  const came = cache.getQueryData(cameQuery.queryKey) ?? []
  if (came[0] && came[0].seq >= event.seq) return
  const isFull = came.length >= most
  cache.setQueryData(cameQuery.queryKey, [entryOf(event), ...(isFull ? [] : came)])
  if (isFull) void cache.resetQueries({ queryKey: pastQuery.queryKey })
}
