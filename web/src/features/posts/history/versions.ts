/** The versions of a post: their groups and names, and the ones that still have content. */
import type { StoredEvent } from '@wiredesk/client'
import { describeChange } from '../../../ui/describeChange'
import type { Foldable } from '../../../ui/foldChanges'
import { hasText, type TextVersion } from '../data/versions'

/** Versions that are shown as one entry, newest first. */
export type Versions = [StoredEvent, ...StoredEvent[]]

/** The content of this autosaved version was removed from the history. */
export const isThinned = (event: StoredEvent): boolean => hasText(event) && event.data.contentHash !== undefined

const isKept = (event: StoredEvent): event is TextVersion => hasText(event) && !isThinned(event)

/** The newest version before this one with content. `events` are newest first. */
export function keptBefore(events: readonly StoredEvent[], version: number): TextVersion | null {
  return events.filter(isKept).find(({ data }) => data.version < version) ?? null
}

/** The version with kept content that is nearest to a thinned one: the end of its run of autosaves, or one before. */
export function nearestKept(events: readonly StoredEvent[], version: number): TextVersion | null {
  return events.filter(isKept).findLast(({ data }) => data.version > version) ?? keptBefore(events, version)
}

/** The title that a post had last; its slug when no known version has one. */
export function titleOf(events: readonly StoredEvent[]): string | undefined {
  return events.find(hasText)?.data.title ?? events[0]?.data.slug
}

/** The changes of all these versions as one predicate: "edited content and title". */
export function describeGroup(versions: Versions): string {
  const [newest] = versions
  const changed = [...new Set(versions.flatMap((version) => version.changed))]
  const { version } = newest.data
  return describeChange({ ...newest, changed, version, published: hasText(newest) && newest.data.published })
}

export function foldableOf(event: StoredEvent): Foldable {
  const { seq, type, time, actor, data, restored, redacted } = event
  return {
    seq,
    type,
    time,
    actorId: actor.id,
    postId: data.id,
    version: data.version,
    published: hasText(event) && event.data.published,
    isRestore: restored !== undefined || redacted === true,
  }
}
