import { type Api, unwrap } from './api.ts'
import type { BlogEvent, Summary } from './types.ts'

export type RecentState = {
  /** The posts that were changed last, newest first. */
  posts: readonly Summary[]
  isLoading: boolean
  /** Of the last read; null after one that succeeded. */
  error: Error | null
}

const maxPosts = 50
/** More events than this during one read: the list is read again. */
const maxHeld = 1_000

/** The 50 posts that were changed last. They are read at the first subscription, and kept up to date by `apply`. */
export class RecentPosts {
  readonly #api: Api
  readonly #listeners = new Set<() => void>()
  #state: RecentState = { posts: [], isLoading: true, error: null }
  /** The server has more posts than these. */
  #hasMore = false
  /** The number of the last read; answers of older ones are dropped. */
  #run = 0
  /** The events since the read under way began; null when none is. */
  #held: BlogEvent[] | null = null

  constructor(api: Api) {
    this.#api = api
  }

  get = (): RecentState => this.#state

  /** Calls the listener after each change. Returns a function that stops it. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#run === 0) void this.read()
    return () => this.#listeners.delete(listener)
  }

  /** Applies an event of the connection. It changes only data that is older. */
  apply(event: BlogEvent): void {
    if (this.#run === 0) return
    if (this.#held !== null && this.#held.length <= maxHeld) this.#held.push(event)
    this.#put(event)
    if (event.type === 'blog-deleted' && this.#isShort() && this.#held === null) void this.read()
  }

  /** Reads the posts again, if they were read before. It does not reject: the state has the error. */
  async refresh(): Promise<void> {
    if (this.#run > 0) await this.read()
  }

  /** Reads the posts again if the last read failed. */
  async retry(): Promise<void> {
    if (this.#state.error !== null) await this.read()
  }

  async read(): Promise<void> {
    const run = (this.#run += 1)
    const held: BlogEvent[] = []
    this.#held = held
    try {
      const query = { sort: '-updatedAt', limit: maxPosts } as const
      const { items, next, cursor } = await unwrap(this.#api.GET('/api/posts', { params: { query } }))
      if (run !== this.#run) return
      this.#hasMore = next !== null && items.length === maxPosts
      this.#held = null
      this.#set({ posts: items, isLoading: false, error: null })
      for (const event of held) if (event.seq > cursor) this.#put(event)
      if (held.length > maxHeld || this.#isShort()) return await this.read()
    } catch (error) {
      if (run !== this.#run) return
      this.#held = null
      this.#set({ isLoading: false, error: error instanceof Error ? error : new Error(String(error)) })
    }
  }

  #put({ type, data }: BlogEvent): void {
    const { posts } = this.#state
    const old = posts.find(({ id }) => id === data.id)
    if (old && old.version >= data.version) return
    const others = posts.filter((post) => post !== old)
    if (type === 'blog-deleted') {
      if (old) this.#set({ posts: others })
      return
    }
    const isNewer = (post: Summary) => Date.parse(post.updatedAt) > Date.parse(data.updatedAt)
    const at = others.filter(isNewer).length
    const all = others.toSpliced(at, 0, data)
    if (all.length > maxPosts) this.#hasMore = true
    this.#set({ posts: all.slice(0, maxPosts) })
  }

  /** Whether deletions have left fewer posts than the server would return. */
  #isShort(): boolean {
    return this.#hasMore && this.#state.posts.length < maxPosts
  }

  #set(change: Partial<RecentState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of [...this.#listeners]) listener()
  }
}
