import type { LiveConnection, RecentPosts, Session } from '@wiredesk/client'
import { createContext } from 'react'

export type BlogContent = {
  readonly session: Session
  readonly connection: LiveConnection
  /** Made by the first useBlog: a page without one does not load the code. */
  recent: RecentPosts | null
}

/** The connection of the page, and its posts; null outside of BlogProvider. */
export const BlogContext = createContext<BlogContent | null>(null)
