import type { Branded, PostId } from './ids.ts'
import type { components } from './schema.gen.ts'

type Schemas = components['schemas']

export type Post = Branded<Schemas['Post']>
export type Summary = Branded<Schemas['Summary']>
/** A row of the list. A deleted post has its deletion, and the version of the deletion. */
export type ListedPost = Branded<Schemas['ListedPost']>

/** The signed-in user. */
export type Me = Schemas['Me']
export type User = Schemas['User']
export type Role = Schemas['Role']
/** One session of this user. */
export type SessionInfo = Schemas['Session']
/** The answer to login and refresh. */
export type Grant = Schemas['SignedIn']
export type Status = Schemas['Status']

/** RFC 9457; a 412 has the current post, and the fields that both sides changed. */
export type Problem = Branded<Schemas['Problem'] & Partial<Omit<Schemas['ConflictProblem'], keyof Schemas['Problem']>>>

/** The actor of an event, or a post's createdBy and updatedBy. */
export type Person = Schemas['Actor']

/** An event of the socket. It has `content` only for a post that this page follows. */
export type BlogEvent = Branded<Schemas['LiveEvent']>

export type DeletedEvent = Extract<BlogEvent, { type: 'blog-deleted' }>
/** An event after which the post exists. */
export type ChangeEvent = Exclude<BlogEvent, DeletedEvent>

/** An event of the history and the activity feed, with the whole post after it. */
export type StoredEvent = Branded<Schemas['Event']>

/** The post of a version in the history, without its content if that was removed or not requested. */
export type StoredPost = Branded<Schemas['StoredPost']>

/** One entry of the presence list; postId is null when the user has no post open. */
export type PresenceUser = Omit<Schemas['PresenceUser'], 'postId'> & { postId: PostId | null }

/** A frame of the server, one object a text frame. */
export type ServerFrame =
  | Schemas['Welcome']
  | (Omit<Schemas['Presence'], 'users'> & { users: PresenceUser[] })
  | Schemas['AuthExpiring']
  | Schemas['Pong']
  | Schemas['FrameError']
  | BlogEvent

/** A frame of this page. */
export type ClientFrame = Schemas['ClientFrame']
