import type { Summary } from '@wiredesk/client'

type State = Pick<Summary, 'published' | 'liveVersion' | 'version'>

/** Whether readers see an earlier version than the current one. */
export const hasUnpublishedChanges = ({ published, liveVersion, version }: State): boolean =>
  published && (liveVersion ?? version) < version
