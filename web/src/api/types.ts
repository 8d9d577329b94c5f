import type { Branded, PostId } from './ids'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Post = Branded<Schemas['Post']>
export type Summary = Branded<Schemas['Summary']>
/** A row of the list: with its deletion when it is deleted, whose version it then has. */
export type ListedPost = Branded<Schemas['ListedPost']>

/** The signed-in user. */
export type Me = Schemas['Me']
export type User = Schemas['User']
export type Role = Schemas['Role']
/** One session of this user. */
export type SessionInfo = Schemas['Session']
/** What login and refresh answer. */
export type Grant = Schemas['SignedIn']
export type Status = Schemas['Status']

/** RFC 9457; a 412 brings the post as it is now, and the fields that both sides changed. */
export type Problem = Branded<Schemas['Problem'] & Partial<Omit<Schemas['ConflictProblem'], keyof Schemas['Problem']>>>

/** Who did it: the actor of an event, or a post's createdBy and updatedBy. */
export type Person = Schemas['Actor']

/** An event as the socket brings it. `content` comes only for a post that this page follows. */
export type BlogEvent = Branded<Schemas['LiveEvent']>

export type DeletedEvent = Extract<BlogEvent, { type: 'blog-deleted' }>
/** An event after which the post exists. */
export type ChangeEvent = Exclude<BlogEvent, DeletedEvent>

/** An event as history and the activity feed bring it: with the whole post as it was after it. */
export type StoredEvent = Branded<Schemas['Event']>

/** A post as a version of the history has it: without its content if that was removed or not asked for. */
export type StoredPost = Branded<Schemas['StoredPost']>

/** One entry of who is online; postId is null when the person looks at no post. */
export type PresenceUser = Omit<Schemas['PresenceUser'], 'postId'> & { postId: PostId | null }

/** What the server sends on the socket, one object a text frame. */
export type ServerFrame =
  | Schemas['Welcome']
  | (Omit<Schemas['Presence'], 'users'> & { users: PresenceUser[] })
  | Schemas['AuthExpiring']
  | Schemas['Pong']
  | Schemas['FrameError']
  | BlogEvent

/** What this page sends on the socket. */
export type ClientFrame = Schemas['ClientFrame']
