import { ApiError } from './problem.ts'
import { memoryTokens, type StoredToken, type TokenStore } from './tokens.ts'
import type { Grant, Me } from './types.ts'

export type SessionState =
  | { status: 'unknown' }
  /** `lapsed` is the user of a session that the server has ended: the page and its forms stay open. Null after a sign-out. */
  | { status: 'signed-out'; lapsed: Me | null }
  | { status: 'signed-in'; user: Me; expiresAt: number }

/** The caller's knowledge of the current token. unsure: the server checks it first. expired: it is renewed first. */
export type TokenTrust = 'valid' | 'unsure' | 'expired'

export type SessionOptions = {
  /** The server's address, such as https://blog.example.com. Its FRONTEND_URL has to list this page's origin if it is another. */
  baseUrl: string
  /** The credentials mode of all requests. The refresh cookie of another origin needs `include`, which is the default. */
  credentials?: RequestCredentials
  /** Where the access token is kept: memoryTokens is the default. */
  tokens?: TokenStore
}

type SessionMessage = StoredToken | { signedOut: true }

const expiryMargin = 5_000
/** The timeout of a request, in milliseconds. A lost answer must not hold the lock, or delay the next socket, for ever. */
const answerWithin = 30_000

/**
 * Owns the access token, which is the same one in every tab of this origin.
 *
 * Tabs renew one after another under a Web Lock and share the new token by BroadcastChannel: a waiting tab finds the
 * new token and does not renew again. Where Web Locks are missing, two tabs may renew at once and get the same cookie:
 * for 30 s the server answers a replaced one with its successor.
 */
export class Session {
  /** Without a slash at the end. */
  readonly baseUrl: string
  readonly credentials: RequestCredentials
  readonly #tokens: TokenStore
  readonly #channel: BroadcastChannel
  /** The name of the channel and of the lock, one a server. */
  readonly #name: string
  #state: SessionState = { status: 'unknown' }
  #token: string | null = null
  #listeners = new Set<() => void>()
  #renewing: Promise<boolean> | null = null

  constructor({ baseUrl, credentials = 'include', tokens = memoryTokens }: SessionOptions) {
    this.baseUrl = baseUrl.replace(/\/+$/, '')
    this.credentials = credentials
    this.#tokens = tokens
    this.#name = `wiredesk-session ${this.baseUrl}`
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = ({ data }: MessageEvent<SessionMessage>) => {
      if ('signedOut' in data) this.#set({ status: 'signed-out', lapsed: null }, null)
      else this.#adopt(data)
    }
    const stored = tokens.load()
    if (stored !== null) this.#adopt(stored)
  }

  /** Ends the exchange with other tabs. The session must not be used afterwards. */
  close(): void {
    this.#channel.close()
  }

  get = (): SessionState => this.#state

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The access token as it is now; null when signed out. It may have expired. */
  token(): string | null {
    return this.#token
  }

  /**
   * A token to open a connection with; null when the server wants a new sign-in. Rejects when it is unreachable.
   * `trust` is about `used`, the token of the last attempt.
   */
  usable = async (trust: TokenTrust, used: string | null): Promise<string | null> => {
    const state = this.#state
    if (state.status === 'signed-out') return null
    if (state.status === 'unknown' || state.expiresAt - Date.now() < expiryMargin) await this.refresh()
    else if (trust === 'expired' || (trust === 'unsure' && !(await this.#accepted()))) await this.refresh(used)
    return this.#token
  }

  /** Sends the request with the current token. After a 401 it renews the token and sends once more. */
  fetch = async (request: Request): Promise<Response> => {
    const used = this.#token
    if (used === null) return fetch(request)
    const again = request.clone()
    const response = await fetch(withToken(request, used))
    if (response.status !== 401 || !(await this.refresh(used))) return response
    return fetch(withToken(again, this.#token ?? ''))
  }

  /** Rejects with an ApiError (401 wrong, 429 too often) or, when the server is unreachable, a TypeError. */
  login = async (email: string, password: string): Promise<void> => {
    const response = await this.#post('login', JSON.stringify({ email, password }))
    this.#share((await response.json()) as Grant)
  }

  /** Signs out all tabs of this browser, even when the server is unreachable. */
  logout = async (): Promise<void> => {
    const answered = this.#alone(() => this.#post('logout')).catch(() => undefined)
    this.#set({ status: 'signed-out', lapsed: null }, null)
    this.#channel.postMessage({ signedOut: true } satisfies SessionMessage)
    await answered
  }

  /**
   * Renews the token. True: there is one. False: refused, the state is signed-out. Rejects when the server is
   * unreachable, and the state stays. `stale` is the token that was refused: if the token is another one by then, it is used.
   */
  refresh(stale: string | null = this.#token): Promise<boolean> {
    this.#renewing ??= this.#alone(() => this.#renew(stale)).finally(() => (this.#renewing = null))
    return this.#renewing
  }

  async #renew(stale: string | null): Promise<boolean> {
    if (this.#token !== stale) return this.#token !== null
    try {
      // keepalive: leaving the page meanwhile must not lose the rotated cookie.
      const response = await this.#post('refresh', null, { keepalive: true })
      this.#share((await response.json()) as Grant)
      return true
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      const lapsed = this.#state.status === 'signed-in' ? this.#state.user : null
      this.#set({ status: 'signed-out', lapsed }, null)
      return false
    }
  }

  async #accepted(): Promise<boolean> {
    const response = await fetch(`${this.baseUrl}/api/auth/me`, {
      credentials: this.credentials,
      headers: { Authorization: `Bearer ${this.#token ?? ''}` },
      signal: AbortSignal.timeout(answerWithin),
    })
    if (response.status >= 500) throw new ApiError(response, null)
    return response.ok
  }

  #share(grant: Grant): void {
    const token: StoredToken = { grant, expiresAt: Date.now() + grant.expiresIn * 1000 }
    this.#adopt(token)
    this.#channel.postMessage(token satisfies SessionMessage)
  }

  #adopt({ grant, expiresAt }: StoredToken): void {
    this.#set({ status: 'signed-in', user: grant.user, expiresAt }, { grant, expiresAt })
  }

  #set(state: SessionState, token: StoredToken | null): void {
    this.#state = state
    this.#token = token?.grant.accessToken ?? null
    this.#tokens.save(token)
    for (const listener of [...this.#listeners]) listener()
  }

  async #post(verb: string, body: string | null = null, init: RequestInit = {}): Promise<Response> {
    const headers: HeadersInit = body === null ? {} : { 'Content-Type': 'application/json' }
    const response = await fetch(`${this.baseUrl}/api/auth/${verb}`, {
      method: 'POST',
      credentials: this.credentials,
      headers,
      body,
      signal: AbortSignal.timeout(answerWithin),
      ...init,
    })
    if (!response.ok) throw new ApiError(response, await response.json().catch(() => null))
    return response
  }

  /** Runs alone over all tabs; without Web Locks (plain HTTP on a network address), alone in this tab only. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    return 'locks' in navigator ? await navigator.locks.request(this.#name, work) : await work()
  }
}

function withToken(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`)
  return request
}
