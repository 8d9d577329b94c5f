import type { TransportKind } from './transport.ts'
import type { PresenceUser } from './types.ts'

/**
 * connecting: never connected yet. catching-up: missed events are on their way, or the server asked for
 * a reconnect. offline: not connected, and retrying for ever. signed-out: the session has ended; start() connects again.
 */
export type LiveState = 'connecting' | 'catching-up' | 'live' | 'offline' | 'signed-out'

export type LiveStatus = {
  state: LiveState
  since: Date
  presence: readonly PresenceUser[]
  /** The history of the event log that the page's data is from. It changes when all data was read again. */
  epoch: string | null
  /**
   * The kind of the last connection that was welcomed. On a `stream` (server-sent events, where WebSockets are blocked)
   * the page gets the presence list but is not on it with a post, and events come without `content`.
   */
  transport: TransportKind
  /** WebSockets are blocked, and the event stream arrives late: a proxy holds it back. */
  isDelayed: boolean
}

/** The history of the event log that the page last heard of; isCurrent while the server would have reported another one. */
export type History = { epoch: string | null; isCurrent: boolean }
