import { type BlogEvent, LiveConnection, type Session } from '@wiredesk/client'
import { type ReactNode, useEffect, useState } from 'react'
import { BlogContext, type BlogContent } from './BlogContext.ts'

export type BlogProviderProps = {
  /** The session and the functions of the first render are kept: later ones are ignored. */
  session: Session
  /** Gets each event once, in seq order. */
  onEvent?: (event: BlogEvent) => void
  /**
   * Reads again what the page has read apart from useBlog, because events were missed. With isReplaced the event log
   * has another history: versions may have gone back. The connection is live when the promise settles.
   */
  onRefresh?: (refresh: { isReplaced: boolean }) => Promise<unknown>
  children: ReactNode
}

/** Keeps the page's one connection while a user is signed in. useBlog and useLive need it above them. */
export function BlogProvider({ session, onEvent, onRefresh, children }: BlogProviderProps) {
  const [blog] = useState(() => {
    const content: BlogContent = {
      session,
      recent: null,
      connection: new LiveConnection({
        session,
        onEvent: (event) => {
          content.recent?.apply(event)
          onEvent?.(event)
        },
        onRefresh: (refresh) => Promise.all([content.recent?.refresh(), onRefresh?.(refresh)]),
      }),
    }
    return content
  })

  useEffect(() => {
    const { connection } = blog
    const follow = () => {
      if (blog.session.get().status === 'signed-in') connection.start()
    }
    const unsubscribe = blog.session.subscribe(follow)
    let before = connection.get().state
    const unwatch = connection.watch(() => {
      const { state } = connection.get()
      if (state === 'live' && before !== 'live') void blog.recent?.retry()
      before = state
    })
    follow()
    return () => {
      unsubscribe()
      unwatch()
      connection.stop()
    }
  }, [blog])

  return <BlogContext.Provider value={blog}>{children}</BlogContext.Provider>
}
