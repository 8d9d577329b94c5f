import { useQueryClient } from '@tanstack/react-query'
import { useEffect, type RefObject } from 'react'
import { postOfMutation } from '../data/posts'

/**
 * Displays a row that an own action has brought into the list, such as the undo of a deletion: it does not wait with
 * those of others. `order` holds the ids of the displayed rows.
 */
export function useOwnNewRows(order: RefObject<readonly number[]>, showNew: () => void): void {
  const cache = useQueryClient()
  useEffect(
    () =>
      cache.getMutationCache().subscribe(({ type, mutation }) => {
        const id = postOfMutation(mutation?.options.mutationKey)
        if (type !== 'updated' || mutation.state.status !== 'success' || id === null || order.current.includes(id)) return
        setTimeout(showNew)
      }),
    [cache, order, showNew],
  )
}
