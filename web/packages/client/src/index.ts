/** Client of a Wiredesk server: session, typed REST API, live events. For browsers, without a framework. */
export { type Api, createApi, unwrap } from './api.ts'
export { type ConnectionOptions, LiveConnection } from './connection.ts'
export { isEvent, readFrame } from './frames.ts'
export { type Branded, parsePostId, type PostId, randomId } from './ids.ts'
export type { History, LiveState, LiveStatus } from './liveStatus.ts'
export { ApiError } from './problem.ts'
export { RecentPosts, type RecentState } from './recentPosts.ts'
export { Session, type SessionOptions, type SessionState, type TokenTrust } from './session.ts'
export { memoryTokens, type StoredToken, type TokenStore, webStorageTokens } from './tokens.ts'
export type { TransportKind } from './transport.ts'
export type {
  BlogEvent,
  ChangeEvent,
  ClientFrame,
  DeletedEvent,
  Grant,
  ListedPost,
  Me,
  Person,
  Post,
  PresenceUser,
  Problem,
  Role,
  ServerFrame,
  SessionInfo,
  Status,
  StoredEvent,
  StoredPost,
  Summary,
  User,
} from './types.ts'
