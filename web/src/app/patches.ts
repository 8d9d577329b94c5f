import { activityPatch } from '../features/activity/activityPatch'
import { postsPatch } from '../features/posts/data/postsPatch'
import type { Patch } from '../live/patch'

/** What each event does to the query cache, feature by feature. */
export const patches: readonly Patch[] = [postsPatch, activityPatch]
