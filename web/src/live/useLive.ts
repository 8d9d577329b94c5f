import { useContext, useSyncExternalStore } from 'react'
import { LiveContext } from './LiveContext'
import type { LiveSocket, LiveStatus } from './socket'

type Live = LiveStatus & Pick<LiveSocket, 'cursor' | 'follow' | 'unfollow' | 'subscribe' | 'history'>

/**
 * The state of the connection, its start, the presence list, and the functions of the socket. Renders again when state or
 * presence change; `cursor` is as of that render. The functions never change.
 */
export function useLive(): Live {
  const socket = useContext(LiveContext)
  if (socket === null) throw new Error('useLive needs a LiveProvider above it')
  const status = useSyncExternalStore(socket.watch, socket.get)
  return {
    ...status,
    cursor: socket.cursor,
    follow: socket.follow,
    unfollow: socket.unfollow,
    subscribe: socket.subscribe,
    history: socket.history,
  }
}
