import { useEffect, useMemo, useState } from 'react'
import type { PostId } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import type { Field } from './fields'

type Follow = {
  /** The focus is in this field, or in none. */
  setField: (field: Field | null) => void
  /** The caret's line in the content, at most once a second. */
  setLine: (line: number | null) => void
}

/** Makes this page's work on the post part of the presence list, and has each of its events carry the content. */
export function useFollow(id: PostId | null, isEditing = false): Follow {
  const { follow, unfollow } = useLive()
  const [field, setField] = useState<Field | null>(null)
  const [line, setLine] = useState<number | null>(null)
  useEffect(() => {
    if (id === null) return
    if (field !== null) follow(id, { state: 'editing', field, ...(field === 'content' && line !== null && { line }) })
    else follow(id, { state: isEditing ? 'editing' : 'viewing' })
  }, [id, field, line, isEditing, follow])
  useEffect(() => (id === null ? undefined : () => unfollow(id)), [id, unfollow])
  return useMemo(() => ({ setField, setLine }), [])
}
