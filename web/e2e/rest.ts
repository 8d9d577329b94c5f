import type { Role } from '@wiredesk/client'
import { admin, type Credentials, type Installation } from './server'

export type Post = {
  id: number
  slug: string
  title: string
  content: string
  description: string
  tags: string[]
  published: boolean
  liveVersion: number | null
  version: number
}

export type StoredEvent = {
  seq: number
  type: string
  changed: string[]
  autosave?: true
  restored?: number
  data: Partial<Post>
}

/** A user of the REST API, without a browser. */
export class Rest {
  readonly #installation: Installation
  readonly #who: Credentials
  #token = ''

  constructor(installation: Installation, who: Credentials = admin) {
    this.#installation = installation
    this.#who = who
  }

  createPost(fields: Record<string, unknown>): Promise<Post> {
    return this.#call<Post>('POST', '/api/posts', fields)
  }

  readPost({ id }: { id: number }): Promise<Post> {
    return this.#call<Post>('GET', `/api/posts/${id}`)
  }

  /** Changes fields of the post as it was at its version; `publish` as in the API. */
  editPost(post: { id: number; version: number }, fields: Record<string, unknown>, publish = true): Promise<Post> {
    return this.#call<Post>('PATCH', `/api/posts/${post.id}?publish=${publish}`, fields, { 'If-Match': `"${post.version}"` })
  }

  publish(post: { id: number }, published = true): Promise<Post> {
    return this.#call<Post>('PUT', `/api/posts/${post.id}/publish`, { published })
  }

  restore(post: { id: number }, version: number): Promise<Post> {
    return this.#call<Post>('POST', `/api/posts/${post.id}/restore?publish=false`, { version })
  }

  deletePost(post: { id: number }): Promise<void> {
    return this.#call('DELETE', `/api/posts/${post.id}`)
  }

  /** The newest events of a post, the newest first; 100 at most. */
  async history({ id }: { id: number }): Promise<StoredEvent[]> {
    return (await this.#call<{ items: StoredEvent[] }>('GET', `/api/posts/${id}/history?limit=100`)).items
  }

  /** All events of a post, the newest first. */
  async wholeHistory({ id }: { id: number }): Promise<StoredEvent[]> {
    const events: StoredEvent[] = []
    for (let before = ''; ; ) {
      const page = await this.#call<{ items: StoredEvent[]; next: number | null }>('GET', `/api/posts/${id}/history?limit=100${before}`)
      events.push(...page.items)
      if (page.next === null) return events
      before = `&before=${page.next}`
    }
  }

  async posts(): Promise<Post[]> {
    return (await this.#call<{ items: Post[] }>('GET', '/api/posts?limit=100')).items
  }

  /** The post as readers see it; null when they do not. */
  async readPublic(slug: string): Promise<(Post & { html: string }) | null> {
    const response = await fetch(`${this.#installation.direct}/api/public/posts/${slug}`)
    return response.ok ? ((await response.json()) as Post & { html: string }) : null
  }

  async addUser(name: string, role: Role): Promise<Credentials> {
    const who = { email: `${name.toLowerCase()}@example.com`, password: `${name} has a long password` }
    await this.#call('POST', '/api/users', { ...who, name, role })
    return who
  }

  resetPassword(user: Credentials, password: string): Promise<void> {
    return this.changeUser(user, { password })
  }

  async changeUser({ email }: Credentials, change: { password?: string; role?: Role; disabled?: boolean }): Promise<void> {
    const { items } = await this.#call<{ items: { id: number; email: string }[] }>('GET', '/api/users')
    const id = items.find((user) => user.email === email)?.id ?? 0
    await this.#call('PATCH', `/api/users/${id}`, change)
  }

  /** Sends with a token that is renewed by a new sign-in whenever it has expired. */
  async #call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    if (this.#token === '') await this.#signIn()
    const send = () =>
      fetch(this.#installation.direct + path, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#token}`, ...headers },
      })
    let response = await send()
    if (response.status === 401) {
      await this.#signIn()
      response = await send()
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    const text = await response.text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  async #signIn(): Promise<void> {
    const response = await fetch(`${this.#installation.direct}/api/auth/login`, {
      method: 'POST',
      body: JSON.stringify(this.#who),
      headers: { 'Content-Type': 'application/json' },
    })
    if (!response.ok) throw new Error(`sign in ${this.#who.email}: ${response.status} ${await response.text()}`)
    this.#token = ((await response.json()) as { accessToken: string }).accessToken
  }
}
