import type { Role } from '../src/api/types'
import { admin, type Credentials, type Desk } from './server'

export type Post = { id: number; slug: string; title: string; version: number }

/** Somebody who works on the same desk without a browser. */
export class Rest {
  readonly #desk: Desk
  readonly #who: Credentials
  #token = ''

  constructor(desk: Desk, who: Credentials = admin) {
    this.#desk = desk
    this.#who = who
  }

  createPost(fields: Record<string, unknown>): Promise<Post> {
    return this.#call<Post>('POST', '/api/posts', fields)
  }

  readPost({ id }: Post): Promise<Post> {
    return this.#call<Post>('GET', `/api/posts/${id}`)
  }

  editPost(post: Post, fields: Record<string, unknown>): Promise<Post> {
    return this.#call<Post>('PATCH', `/api/posts/${post.id}`, fields, { 'If-Match': `"${post.version}"` })
  }

  publish(post: Post): Promise<Post> {
    return this.#call<Post>('PUT', `/api/posts/${post.id}/publish`, { published: true })
  }

  async addUser(name: string, role: Role): Promise<Credentials> {
    const who = { email: `${name.toLowerCase()}@example.com`, password: `${name} has a long password` }
    await this.#call('POST', '/api/users', { ...who, name, role })
    return who
  }

  async resetPassword({ email }: Credentials, password: string): Promise<void> {
    const { items } = await this.#call<{ items: { id: number; email: string }[] }>('GET', '/api/users')
    const id = items.find((user) => user.email === email)?.id ?? 0
    await this.#call('PATCH', `/api/users/${id}`, { password })
  }

  /** Sends with a token that is renewed by a new sign-in whenever it has expired. */
  async #call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    if (this.#token === '') await this.#signIn()
    const send = () =>
      fetch(this.#desk.direct + path, {
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
    return (await response.json()) as T
  }

  async #signIn(): Promise<void> {
    const response = await fetch(`${this.#desk.direct}/api/auth/login`, {
      method: 'POST',
      body: JSON.stringify(this.#who),
      headers: { 'Content-Type': 'application/json' },
    })
    if (!response.ok) throw new Error(`sign in ${this.#who.email}: ${response.status} ${await response.text()}`)
    this.#token = ((await response.json()) as { accessToken: string }).accessToken
  }
}
