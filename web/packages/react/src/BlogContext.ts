import type { LiveConnection, RecentPosts } from '@wiredesk/client'
import { createContext } from 'react'

/** The connection of the page, and its posts; null outside of BlogProvider. */
export const BlogContext = createContext<{ connection: LiveConnection; recent: RecentPosts } | null>(null)
