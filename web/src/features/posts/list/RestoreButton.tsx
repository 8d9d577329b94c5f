import { Button } from '@mantine/core'
import { useIsMutating } from '@tanstack/react-query'
import type { ListedPost } from '@wiredesk/client'
import { mutationKey } from '../data/posts'
import type { RowActions } from './useRowActions'

/** Restores a deleted post as a draft. */
export function RestoreButton({ post, actions }: { post: ListedPost; actions: RowActions }) {
  const isBusy = useIsMutating({ mutationKey: mutationKey(post.id) }) > 0
  return (
    <Button
      size="compact-sm"
      variant="default"
      disabled={isBusy}
      aria-label={`Restore ${post.title}`}
      onClick={() => actions.restore(post)}
    >
      Restore
    </Button>
  )
}
