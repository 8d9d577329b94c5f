import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Post, PostId } from '@wiredesk/client'
import { diffText } from '../diff/textDiff'
import { fields, isEquivalent, isMultiline, valuesOf, type Field, type Values } from '../data/fields'
import { hasText, versionQuery } from '../data/versions'
import { useEditing } from './EditorContext'

/** The published text of a post, and the saved one; null while it is not known. */
export function useLiveText(post: Post | null): { live: Values; saved: Values } | null {
  const liveVersion = post?.liveVersion ?? null
  const saved = useEditing(({ draft }) => draft.base)
  const isNewest = useEditing(({ draft }) => draft.version === liveVersion)
  const isNeeded = post !== null && liveVersion !== null && !isNewest
  const { data } = useQuery({ ...versionQuery(post?.id ?? noPost, liveVersion ?? 0), enabled: isNeeded })
  return useMemo(() => {
    if (liveVersion === null) return null
    if (isNewest) return { live: saved, saved }
    const isComplete = data && hasText(data) && data.data.content !== undefined
    return isComplete ? { live: valuesOf({ ...data.data, content: data.data.content ?? '' }), saved } : null
  }, [liveVersion, isNewest, saved, data])
}

const noPost = 0 as PostId

/**
 * The number of places at which the saved text differs from the published one: the changed regions of content and description, and
 * each other changed field. Versions would be the wrong unit: one sentence is several autosaves. Null while unknown.
 */
export function useLiveChanges(post: Post | null): number | null {
  const texts = useLiveText(post)
  return useMemo(() => (texts === null ? null : countChanges(texts.live, texts.saved)), [texts])
}

function countChanges(live: Values, saved: Values): number {
  const counts = changedFields(live, saved).map((field) => regions(field, live, saved))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The server computes the read time: it is no change of its own. */
export const changedFields = (live: Values, saved: Values): Field[] =>
  fields.filter((field) => field !== 'readTime' && !isEquivalent(field, live[field], saved[field]))

function regions(field: Field, live: Values, saved: Values): number {
  if (!isMultiline(field)) return 1
  const lineStarts = diffText(live[field], saved[field]).changes.map(({ fromB }) => saved[field].lastIndexOf('\n', fromB - 1))
  return Math.max(1, new Set(lineStarts).size)
}
