import { useEffect, useState } from 'react'
import type { PostId } from '../../../api/ids'
import { useLive } from '../../../live/useLive'
import type { Field } from '../editor/draft'

/**
 * Tells the others what this page does with the post, and brings its content with each event. Answers with what the
 * fields call when they get and lose the focus.
 */
export function useFollow(id: PostId | null, isEditing = false): (field: Field | null) => void {
  const { follow, unfollow } = useLive()
  const [field, setField] = useState<Field | null>(null)
  useEffect(() => {
    if (id === null) return
    if (field !== null) follow(id, 'editing', field)
    else follow(id, isEditing ? 'editing' : 'viewing')
  }, [id, field, isEditing, follow])
  useEffect(() => (id === null ? undefined : () => unfollow(id)), [id, unfollow])
  return setField
}
