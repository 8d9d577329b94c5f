import { activityPatch } from '../features/activity/activityPatch'
import { postsPatch } from '../features/posts/data/postsPatch'
import type { Patch } from '../live/patch'

/** The changes of the query cache by an event, one patch a feature. */
export const patches: readonly Patch[] = [postsPatch, activityPatch]
