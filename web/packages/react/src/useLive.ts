import type { LiveConnection, LiveStatus } from '@wiredesk/client'
import { useContext, useSyncExternalStore } from 'react'
import { BlogContext } from './BlogContext.ts'

export type Live = LiveStatus & Pick<LiveConnection, 'cursor' | 'follow' | 'unfollow' | 'subscribe' | 'history'>

/** The connection of the BlogProvider above. It never changes, and does not render again. */
export function useConnection(): LiveConnection {
  const blog = useContext(BlogContext)
  if (blog === null) throw new Error('useLive, useReady and useBlog need a BlogProvider above them')
  return blog.connection
}

/**
 * The state of the connection, its start, the presence list, and the functions of the connection. Renders again when state or
 * presence change; `cursor` is as of that render. The functions never change.
 */
export function useLive(): Live {
  const connection = useConnection()
  const status = useSyncExternalStore(connection.watch, connection.get)
  return {
    ...status,
    cursor: connection.cursor,
    follow: connection.follow,
    unfollow: connection.unfollow,
    subscribe: connection.subscribe,
    history: connection.history,
  }
}
