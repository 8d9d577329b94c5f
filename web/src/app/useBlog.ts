import { useInfiniteQuery } from '@tanstack/react-query'
import type { Summary } from '../api/types'
import { noFilter } from '../features/posts/data/filter'
import { rowsOf } from '../features/posts/data/postList'
import { listQuery } from '../features/posts/data/posts'
import type { LiveState } from '../live/socket'
import { useLive } from '../live/useLive'

export type Blog = {
  /** Whether `posts` is current: connected, and all missed events are applied. */
  isWebSocketConnected: boolean
  connectionState: LiveState
  /** When connectionState began. */
  since: Date
  /** The 50 posts that were changed last, newest first, kept up to date. */
  posts: Summary[]
  isLoading: boolean
  error: Error | null
}

/** The blog as it is now. Needs a BlogProvider above it and a signed-in session. */
export function useBlog(): Blog {
  const { state, since } = useLive()
  const { data, isLoading, error } = useInfiniteQuery(listQuery(noFilter))
  const posts = data ? rowsOf(data) : []
  return { isWebSocketConnected: state === 'live', connectionState: state, since, posts, isLoading, error }
}
