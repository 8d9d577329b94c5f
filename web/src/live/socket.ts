import { isEvent, readFrame } from '../api/frames'
import type { TokenTrust } from '../api/session'
import type { BlogEvent, ClientFrame, PresenceUser, ServerFrame } from '../api/types'
import { afterClose, backOff, type Plan } from './retry'

/**
 * connecting: never connected yet. catching-up: missed events are on their way, or the server asked for
 * a reconnect. offline: not connected, and retrying for ever. signed-out: the session has ended; start() connects again.
 */
export type LiveState = 'connecting' | 'catching-up' | 'live' | 'offline' | 'signed-out'

export type LiveStatus = {
  state: LiveState
  since: Date
  presence: readonly PresenceUser[]
  /** The history of the event log that the page's data is from. It changes when all data was read again. */
  epoch: string | null
}

/** The history of the event log that the page last heard of; isCurrent while the server would have reported another one. */
export type History = { epoch: string | null; isCurrent: boolean }

/** `line` is the caret's line in the content, counted from 1. */
type Following = { state: 'viewing' | 'editing'; field?: string; line?: number }

type LiveOptions = {
  url: string
  /** Session.usable: a token other than `used` when `trust` is expired; null: signed out; rejects: unreachable. */
  usable: (trust: TokenTrust, used: string | null) => Promise<string | null>
  /** Each event of the stream, once, in seq order. */
  onEvent: (event: BlogEvent) => void
  /** Data that was read before may lack changes and must be read again. The state is live when the promise settles. */
  onRefresh: (refresh: { isReplaced: boolean }) => Promise<unknown>
  random?: () => number
}

const pingEvery = 25_000
const answerWithin = 10_000
/** The wait for an answer after a hint that the connection is lost: until then the badge still shows "Live". */
const suspectWithin = 3_000
const stableAfter = 1_000

/** One connection to the stream, kept for ever and resumed by seq. It depends neither on React nor on any entity. */
export class LiveSocket {
  readonly #options: LiveOptions
  readonly #watchers = new Set<() => void>()
  readonly #subscribers = new Set<(event: BlogEvent) => void>()
  readonly #following = new Map<number, Following>()
  #status: LiveStatus = { state: 'connecting', since: new Date(), presence: [], epoch: null }
  #cursor: number | null = null
  /** The event log's history that the cursor belongs to. */
  #epoch: string | null = null
  #socket: WebSocket | null = null
  /** The number of this attempt; callbacks of older ones are ignored. */
  #run = 0
  #running = false
  #token: string | null = null
  #trust: TokenTrust = 'valid'
  #attempts = 0
  #welcomedAt: number | null = null
  /** Whether data is being read again after a welcome. */
  #rereading = false
  #heardAt = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #pingTimer: ReturnType<typeof setInterval> | undefined
  #deadline: ReturnType<typeof setTimeout> | undefined

  constructor(options: LiveOptions) {
    this.#options = options
  }

  get = (): LiveStatus => this.#status

  /** Calls the watcher after each change of the status. Returns a function that stops it. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Calls the subscriber with each event, after onEvent. Returns a function that stops it. */
  subscribe = (subscriber: (event: BlogEvent) => void): (() => void) => {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** The seq of the last event applied; null before the first welcome. */
  get cursor(): number | null {
    return this.#cursor
  }

  /** A computer that slept finds its connection open although the server has closed it: only a recent frame proves it. */
  history = (): History => {
    const isHeard = this.#welcomedAt !== null && Date.now() - this.#heardAt < pingEvery + answerWithin
    return { epoch: this.#epoch, isCurrent: isHeard }
  }

  /** Connects, or connects again after a new sign-in. Does nothing while it runs. */
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
      token = await this.#options.usable(this.#trust, this.#token)
    } catch {
      if (run === this.#run) this.#lost({ planned: false, trust: this.#trust, delay: null })
      return
    }
    if (run !== this.#run) return
    if (token === null) return this.#signedOut()
    this.#token = token
    this.#trust = 'valid'
    this.#open(token)
  }

  #open(token: string): void {
    const position = this.#cursor === null ? '' : `?cursor=${this.#cursor}&epoch=${this.#epoch}`
    const socket = new WebSocket(this.#options.url + position, ['wiredesk.v1', `bearer.${token}`])
    this.#socket = socket
    this.#expectAnswer()
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data)
    socket.onclose = ({ code, reason }) => {
      const plan = afterClose(code, reason)
      // A browser reports a refused handshake (401) like an unreachable network: the session has to check its token.
      const refused = this.#welcomedAt === null && !plan.planned
      this.#lost(refused ? { ...plan, trust: 'unsure' } : plan)
    }
  }

  #receive(data: unknown): void {
    const frame = readFrame(data)
    clearTimeout(this.#deadline)
    this.#heardAt = Date.now()
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
    const isReplaced = this.#epoch !== null && this.#epoch !== frame.epoch
    const behind = this.#cursor === null || isReplaced || frame.resume === 'refresh'
    this.#epoch = frame.epoch
    if (behind) {
      this.#cursor = frame.cursor
      return this.#readAgain(isReplaced)
    }
    // The server answers in order: all missed events arrive before the pong.
    this.#enter('catching-up')
    this.#ping()
  }

  #readAgain(isReplaced: boolean): void {
    const run = this.#run
    this.#rereading = true
    this.#enter('catching-up')
    const epoch = this.#epoch
    const done = () => {
      if (epoch === this.#epoch && epoch !== this.#status.epoch) this.#set({ epoch })
      if (run !== this.#run) return
      this.#rereading = false
      this.#enter('live')
    }
    this.#options.onRefresh({ isReplaced }).then(done, done)
  }

  #answered(): void {
    if (!this.#rereading) this.#enter('live')
  }

  #event(event: BlogEvent): void {
    if (this.#cursor === null || event.seq > this.#cursor + 1) {
      // A gap: reconnect, which replays from the cursor.
      return this.#lost({ planned: true, trust: 'valid', delay: null })
    }
    if (event.seq <= this.#cursor) return
    this.#cursor = event.seq
    this.#options.onEvent(event)
    for (const subscriber of [...this.#subscribers]) subscriber(event)
  }

  /** Renews the token on the open connection. When that fails, the server closes with 4401, and the page reconnects. */
  async #renew(): Promise<void> {
    const run = this.#run
    const token = await this.#options.usable('expired', this.#token).catch(() => undefined)
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
    const trust: TokenTrust = this.#welcomedAt === null ? 'unsure' : 'valid'
    this.#deadline = setTimeout(() => this.#lost({ planned: false, trust, delay: null }), within)
  }

  /** After a change of the network or of the page's visibility: reconnects at once, or pings to check the connection. */
  #nudge = (): void => {
    if (document.visibilityState === 'hidden') return
    if (this.#welcomedAt !== null) this.#pingFor(suspectWithin)
    else if (this.#retryTimer !== undefined) void this.#connect()
  }

  #lost(plan: Plan): void {
    const lived = this.#welcomedAt === null ? 0 : Date.now() - this.#welcomedAt
    if (lived >= stableAfter) this.#attempts = 0
    this.#drop()
    if (plan.trust !== 'valid') this.#trust = plan.trust
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

  /** Abandons the current connection without waiting for its close. */
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
