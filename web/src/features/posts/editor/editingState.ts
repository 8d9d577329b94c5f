import type { Post, PostId } from '@wiredesk/client'
import type { Field, Values } from '../data/fields'
import type { PendingSave } from '../data/posts'
import type { Change, Draft } from './draft'

/** The calls of the server. Each rejects with an ApiError when it is refused, with any other error without an answer. */
export type EditingPorts = {
  create: (save: PendingSave) => Promise<Post>
  update: (id: PostId, save: PendingSave) => Promise<Post>
  /** With a version, refused (412) unless that is the current one. */
  publish: (id: PostId, published: boolean, version: number | null) => Promise<Post>
  /** The versions above `version`, in any order. */
  changesSince: (id: PostId, version: number) => Promise<Change[]>
  /** The post as it is now; null when there is none. */
  read: (id: PostId) => Promise<Post | null>
  /** The event log's history that the page last heard of; null before its first connection. */
  knownEpoch: () => string | null
  /** The event log's present history. */
  epoch: () => Promise<string>
  newKey: () => string
  now: () => number
}

/** Why the server refused a field, and the value that it refused. */
export type Refusal = { value: Values[Field]; message: string }

/** Why nothing can be saved at the moment. */
export type Block = 'deleted' | 'read-only' | 'missing'

export type EditingState = {
  /** Null until the first save has created the post. */
  postId: PostId | null
  draft: Draft
  busy: 'saving' | 'publishing' | null
  /** Why the last save failed; null when it succeeded. */
  failure: unknown
  refusals: Partial<Record<Field, Refusal>>
  /** The time of the last save of this form, in milliseconds since 1970; null before it. */
  savedAt: number | null
  block: Block | null
  /** The form's values before the post was replaced by its state in another history of the event log. Null once that is settled. */
  replaced: Values | null
  /** The authors of the last change of the content from outside. */
  contentBy: string | null
}

/** incomplete: a new post without a title. idle: nothing to save. */
export type SaveResult = 'saved' | 'idle' | 'incomplete' | 'refused' | 'conflict' | 'failed' | 'blocked' | 'busy' | 'replaced'

export type PublishResult =
  | { kind: 'done'; post: Post }
  | { kind: 'not-saved'; result: SaveResult }
  | { kind: 'changed'; by: string }
  | { kind: 'failed'; error: unknown }
