import { isEvent, readFrame } from '../api/frames'
import type { Doubt } from '../api/session'
import type { BlogEvent, ClientFrame, PresenceUser, ServerFrame } from '../api/types'
import { afterClose, backOff, type Plan } from './retry'

/**
 * connecting: never connected yet. catching-up: missed events are on their way, or a reconnect is under way that
 * the server asked for. offline: cut off, and trying for ever. signed-out: the session is over; start() goes on.
 */
export type LiveState = 'connecting' | 'catching-up' | 'live' | 'offline' | 'signed-out'

export type LiveStatus = { state: LiveState; since: Date; presence: readonly PresenceUser[] }

/** `line` is the caret's line in the content, counted from 1. */
type Following = { state: 'viewing' | 'editing'; field?: string; line?: number }

type LiveOptions = {
  url: string
  /** Session.usable: a token other than `used` when `doubt` is surely; null: signed out; rejects: unreachable. */
  usable: (doubt: Doubt, used: string | null) => Promise<string | null>
  /** Each event of the stream, once, in seq order. */
  onEvent: (event: BlogEvent) => void
  /** What was read before may lack changes: read it again. Live follows when the promise settles. */
  onRefresh: () => Promise<unknown>
  random?: () => number
}

const pingEvery = 25_000
const answerWithin = 10_000
const doubtedWithin = 3_000 // an answer when there is a reason to doubt: the screen is not to say "live" for long
const stableAfter = 1_000

/** One connection to the stream, kept for ever and resumed by seq. It knows no React and no entity. */
export class LiveSocket {
  readonly #options: LiveOptions
  readonly #watchers = new Set<() => void>()
  readonly #subscribers = new Set<(event: BlogEvent) => void>()
  readonly #following = new Map<number, Following>()
  #status: LiveStatus = { state: 'connecting', since: new Date(), presence: [] }
  #cursor: number | null = null
  #socket: WebSocket | null = null
  /** The number of this try; what belongs to an older one is ignored. */
  #run = 0
  #running = false
  #token: string | null = null
  #doubt: Doubt = 'none'
  #attempts = 0
  #welcomedAt: number | null = null
  /** While what was read before is read again after a welcome. */
  #rereading = false
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #pingTimer: ReturnType<typeof setInterval> | undefined
  #deadline: ReturnType<typeof setTimeout> | undefined

  constructor(options: LiveOptions) {
    this.#options = options
  }

  get = (): LiveStatus => this.#status

  /** Tells of each new status; returns the end of it. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Tells of each event, after onEvent; returns the end of it. */
  subscribe = (subscriber: (event: BlogEvent) => void): (() => void) => {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** The seq of the last event applied; null before the first welcome. */
  get cursor(): number | null {
    return this.#cursor
  }

  /** Connects, or goes on after the session came back. Does nothing while it runs. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#attempts = 0
    window.addEventListener('online', this.#nudge)
    window.addEventListener('offline', this.#nudge)
    document.addEventListener('visibilitychange', this.#nudge)
    void this.#connect()
  }

  /** Disconnects for good; start() resumes from the same position. */
  stop(): void {
    this.#running = false
    window.removeEventListener('online', this.#nudge)
    window.removeEventListener('offline', this.#nudge)
    document.removeEventListener('visibilitychange', this.#nudge)
    this.#drop()
  }

  /** Adds this page to the presence list of the post, now and after each reconnect, and has its events carry `content`. */
  follow = (postId: number, following: Following): void => {
    const before = this.#following.get(postId)
    const isKnown = before?.state === following.state && before.field === following.field && before.line === following.line
    if (isKnown) return
    this.#following.set(postId, following)
    this.#send({ type: 'follow', postId, ...following })
  }

  unfollow = (postId: number): void => {
    if (this.#following.delete(postId)) this.#send({ type: 'unfollow', postId })
  }

  async #connect(): Promise<void> {
    this.#drop()
    const run = this.#run
    let token: string | null
    try {
      token = await this.#options.usable(this.#doubt, this.#token)
    } catch {
      if (run === this.#run) this.#lost({ planned: false, doubt: this.#doubt, delay: null })
      return
    }
    if (run !== this.#run) return
    if (token === null) return this.#signedOut()
    this.#token = token
    this.#doubt = 'none'
    this.#open(token)
  }

  #open(token: string): void {
    const position = this.#cursor === null ? '' : `?cursor=${this.#cursor}`
    const socket = new WebSocket(this.#options.url + position, ['wiredesk.v1', `bearer.${token}`])
    this.#socket = socket
    this.#expectAnswer()
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data)
    socket.onclose = ({ code, reason }) => {
      const plan = afterClose(code, reason)
      // A browser does not tell a refused handshake (401) from a dead network: let the session ask.
      const refused = this.#welcomedAt === null && !plan.planned
      this.#lost(refused ? { ...plan, doubt: 'perhaps' } : plan)
    }
  }

  #receive(data: unknown): void {
    const frame = readFrame(data)
    clearTimeout(this.#deadline)
    if (frame === null) return
    if (isEvent(frame)) return this.#event(frame)
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(frame)
      case 'presence':
        return this.#set({ presence: frame.users })
      case 'auth-expiring':
        return void this.#renew()
      case 'pong':
        return this.#answered()
      case 'error': // a close with its code follows
        return
    }
  }

  #welcome(frame: Extract<ServerFrame, { type: 'welcome' }>): void {
    this.#welcomedAt = Date.now()
    this.#pingTimer = setInterval(this.#ping, pingEvery)
    for (const [postId, following] of this.#following) this.#send({ type: 'follow', postId, ...following })
    const behind = this.#cursor === null || frame.resume === 'refresh'
    if (behind) {
      this.#cursor = frame.cursor
      return this.#readAgain()
    }
    // The server answers in order: when the pong is here, what was missed is here.
    this.#enter('catching-up')
    this.#ping()
  }

  #readAgain(): void {
    const run = this.#run
    this.#rereading = true
    this.#enter('catching-up')
    const done = () => {
      if (run !== this.#run) return
      this.#rereading = false
      this.#enter('live')
    }
    this.#options.onRefresh().then(done, done)
  }

  #answered(): void {
    if (!this.#rereading) this.#enter('live')
  }

  #event(event: BlogEvent): void {
    if (this.#cursor === null || event.seq > this.#cursor + 1) {
      // A hole: ask again from where the page is.
      return this.#lost({ planned: true, doubt: 'none', delay: null })
    }
    if (event.seq <= this.#cursor) return
    this.#cursor = event.seq
    this.#options.onEvent(event)
    for (const subscriber of [...this.#subscribers]) subscriber(event)
  }

  /** Renews in band. When the server is unreachable, its close with 4401 brings the next try. */
  async #renew(): Promise<void> {
    const run = this.#run
    const token = await this.#options.usable('surely', this.#token).catch(() => undefined)
    if (run !== this.#run || token === undefined) return
    if (token === null) return this.#signedOut()
    this.#token = token
    this.#send({ type: 'auth', token })
  }

  #ping = (): void => this.#pingFor(answerWithin)

  #pingFor(within: number): void {
    this.#send({ type: 'ping' })
    this.#expectAnswer(within)
  }

  #expectAnswer(within = answerWithin): void {
    clearTimeout(this.#deadline)
    const doubt: Doubt = this.#welcomedAt === null ? 'perhaps' : 'none'
    this.#deadline = setTimeout(() => this.#lost({ planned: false, doubt, delay: null }), within)
  }

  /** The network or the page came back, or went: try at once, or find out now whether the connection still lives. */
  #nudge = (): void => {
    if (document.visibilityState === 'hidden') return
    if (this.#welcomedAt !== null) this.#pingFor(doubtedWithin)
    else if (this.#retryTimer !== undefined) void this.#connect()
  }

  #lost(plan: Plan): void {
    const lived = this.#welcomedAt === null ? 0 : Date.now() - this.#welcomedAt
    if (lived >= stableAfter) this.#attempts = 0
    this.#drop()
    if (plan.doubt !== 'none') this.#doubt = plan.doubt
    this.#enter(plan.planned ? 'catching-up' : 'offline')
    const atOnce = plan.planned && this.#attempts === 0
    const pause = atOnce ? 0 : backOff(this.#attempts, this.#options.random ?? Math.random)
    this.#attempts += 1
    this.#retryTimer = setTimeout(() => void this.#connect(), plan.delay ?? pause)
  }

  #signedOut(): void {
    this.stop()
    this.#enter('signed-out')
  }

  /** Forgets the present connection, whether or not the network can still close it. */
  #drop(): void {
    this.#run += 1
    clearTimeout(this.#retryTimer)
    clearInterval(this.#pingTimer)
    clearTimeout(this.#deadline)
    this.#retryTimer = undefined
    this.#welcomedAt = null
    this.#rereading = false
    if (this.#socket === null) return
    this.#socket.onmessage = null
    this.#socket.onclose = null
    this.#socket.close()
    this.#socket = null
  }

  #send(frame: ClientFrame): void {
    if (this.#welcomedAt !== null) this.#socket?.send(JSON.stringify(frame))
  }

  #enter(state: LiveState): void {
    const gone = state !== 'live' && state !== 'catching-up'
    const presence = gone ? [] : this.#status.presence
    if (state !== this.#status.state) this.#set({ state, since: new Date(), presence })
  }

  #set(change: Partial<LiveStatus>): void {
    this.#status = { ...this.#status, ...change }
    for (const watcher of [...this.#watchers]) watcher()
  }
}
