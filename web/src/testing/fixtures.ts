import { ApiError, type ChangeEvent, type DeletedEvent, type Me, parsePostId, type Post, type PostId, type Summary } from '@wiredesk/client'

export const me: Me = { id: 1, email: 'me@example.org', name: 'Mia', role: 'editor' }
export const mia = { id: 1, name: 'Mia' }
export const ana = { id: 3, name: 'Ana' }

export const postId = (id: number): PostId => {
  const parsed = parsePostId(String(id))
  if (parsed === null) throw new Error(`${id} is no post id`)
  return parsed
}

/** A moment, `minutes` after a fixed beginning. */
export const at = (minutes: number): string => new Date(Date.UTC(2026, 10, 23, 10, minutes)).toISOString()

type Over<T> = Partial<Omit<T, 'id'>> & { id?: number }

export const aSummary = (over: Over<Summary> = {}): Summary => ({
  slug: 'hello',
  title: 'Hello',
  description: '',
  category: 'News',
  tags: [],
  readTime: 1,
  authorName: '',
  authorPosition: '',
  authorImage: '',
  blogImage: '',
  published: false,
  liveVersion: null,
  publishedAt: null,
  version: 1,
  createdAt: at(0),
  updatedAt: at(0),
  createdBy: mia,
  updatedBy: mia,
  ...over,
  id: postId(over.id ?? 1),
})

export const aPost = (over: Over<Post> = {}): Post => ({ content: '# Hello', ...over, ...aSummary(over) })

const envelope = (seq: number) => ({ seq, id: `event-${seq}`, time: at(seq), actor: ana })

/** Ana's change of a post, as an event of the socket: without its content. */
export const changed = (seq: number, data: ChangeEvent['data'], ...fields: string[]): ChangeEvent => ({
  ...envelope(seq),
  type: 'blog-updated',
  changed: fields,
  data: { ...data, updatedBy: ana, updatedAt: at(seq) },
})

export const created = (seq: number, data: ChangeEvent['data']): ChangeEvent => ({
  ...changed(seq, data, ...Object.keys(data)),
  type: 'blog-created',
})

export const published = (seq: number, data: ChangeEvent['data']): ChangeEvent => ({
  ...changed(seq, data, 'published'),
  type: 'blog-published',
})

export const deleted = (seq: number, { id, slug, version }: ChangeEvent['data']): DeletedEvent => ({
  ...envelope(seq),
  type: 'blog-deleted',
  changed: [],
  data: { id, slug, version },
})

/** The error of a call that the server refused; `more` is added to the problem document. */
export const apiError = (status: number, more: object = {}, headers: Record<string, string> = {}): ApiError =>
  new ApiError(new Response(null, { status, headers }), { type: '', title: 'No', status, detail: 'No.', requestId: '', ...more })
