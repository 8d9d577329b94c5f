import { createApi, type LiveState, RecentPosts, type Summary, type TransportKind } from '@wiredesk/client'
import { useContext, useSyncExternalStore } from 'react'
import { type BlogContent, BlogContext } from './BlogContext.ts'
import { useLive } from './useLive.ts'

export type Blog = {
  /** Whether `posts` is current: connected, and all missed events are applied. */
  isWebSocketConnected: boolean
  connectionState: LiveState
  /** `stream` where WebSockets are blocked. */
  transport: TransportKind
  /** When connectionState began. */
  since: Date
  /** The 50 posts that were changed last, newest first, kept up to date. */
  posts: readonly Summary[]
  isLoading: boolean
  error: Error | null
}

/** The blog as it is now. Needs a BlogProvider above it and a signed-in session. */
export function useBlog(): Blog {
  const { state, since, transport } = useLive()
  const blog = useContext(BlogContext)
  if (blog === null) throw new Error('useBlog needs a BlogProvider above it')
  const recent = recentOf(blog)
  const { posts, isLoading, error } = useSyncExternalStore(recent.subscribe, recent.get)
  return { isWebSocketConnected: state === 'live', connectionState: state, transport, since, posts, isLoading, error }
}

const recentOf = (blog: BlogContent): RecentPosts => (blog.recent ??= new RecentPosts(createApi(blog.session)))
