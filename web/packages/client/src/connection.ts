import { isEvent } from './frames.ts'
import { readHead } from './head.ts'
import type { History, LiveState, LiveStatus } from './liveStatus.ts'
import { afterClose, backOff, type Plan, trialPause } from './retry.ts'
import type { Session, TokenTrust } from './session.ts'
import { openSocket, openStream, type Transport, type TransportKind } from './transport.ts'
import type { BlogEvent, ClientFrame, ServerFrame } from './types.ts'

/** `line` is the caret's line in the content, counted from 1. */
type Following = { state: 'viewing' | 'editing'; field?: string; line?: number }

type Timer = ReturnType<typeof setTimeout> | undefined

export type ConnectionOptions = {
  session: Pick<Session, 'baseUrl' | 'credentials' | 'usable' | 'fetch'>
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
/** Bytes arrive on a stream at least every 25 s. */
const silentAfter = pingEvery + answerWithin
/** Upgrades that fail in a row, while the API answers, before the stream is used. */
const maxFailedUpgrades = 2

/**
 * A connection to the event stream. It reconnects for ever and resumes by seq. It depends on no framework.
 *
 * It is a WebSocket; where upgrades fail, it is the event stream of GET /api/stream until a WebSocket, tried from time to
 * time beside the stream, is welcomed. A stream cannot ping: the seq of the newest event, by GET /api/status, has to
 * arrive on it within the same time as the answer to a ping.
 */
export class LiveConnection {
  readonly #options: ConnectionOptions
  readonly #watchers = new Set<() => void>()
  readonly #subscribers = new Set<(event: BlogEvent) => void>()
  readonly #following = new Map<number, Following>()
  #status: LiveStatus = { state: 'connecting', since: new Date(), presence: [], epoch: null, transport: 'socket', isDelayed: false }
  #cursor: number | null = null
  /** The event log's history that the cursor belongs to. */
  #epoch: string | null = null
  #transport: Transport | null = null
  /** Opened beside #transport, which it replaces when it is welcomed. */
  #next: Transport | null = null
  /** The number of this attempt; callbacks of older ones are ignored. */
  #run = 0
  #running = false
  #token: string | null = null
  #trust: TokenTrust = 'valid'
  #attempts = 0
  #failedUpgrades = 0
  /** The last stream was silent or late. Whether that is a delay or an outage depends on the API. */
  #wasLate = false
  #trials = 0
  #welcomedAt: number | null = null
  /** Whether data is being read again after a welcome. */
  #rereading = false
  /** The seq that a stream has to reach. */
  #awaited: number | null = null
  #heardAt = 0
  #retryTimer: Timer
  #pingTimer: Timer
  #deadline: Timer
  #trialTimer: Timer
  #renewTimer: Timer

  constructor(options: ConnectionOptions) {
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

  /** The history of the event log. After a sleep a closed socket still looks open, so isCurrent needs a recent frame. */
  history = (): History => {
    const isHeard = this.#welcomedAt !== null && Date.now() - this.#heardAt < pingEvery + answerWithin
    return { epoch: this.#epoch, isCurrent: isHeard }
  }

  /** Connects, or connects again after a new sign-in. Does nothing while it runs. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#attempts = 0
    window.addEventListener('online', this.#online)
    window.addEventListener('offline', this.#nudge)
    document.addEventListener('visibilitychange', this.#nudge)
    void this.#connect()
  }

  /** Disconnects for good; start() resumes from the same position. */
  stop(): void {
    this.#running = false
    window.removeEventListener('online', this.#online)
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
      token = await this.#options.session.usable(this.#trust, this.#token)
    } catch {
      if (run !== this.#run) return
      this.#failedUpgrades = 0
      this.#endDelay()
      this.#lost({ planned: false, trust: this.#trust, delay: null })
      return
    }
    if (run !== this.#run) return
    if (token === null) return this.#signedOut()
    this.#token = token
    this.#trust = 'valid'
    if (this.#wasLate) this.#set({ isDelayed: true })
    this.#wasLate = false
    this.#transport = this.#open(this.#failedUpgrades < maxFailedUpgrades ? 'socket' : 'stream', token)
    this.#expectAnswer()
  }

  #open(kind: TransportKind, token: string): Transport {
    const position = this.#cursor === null ? '' : `?cursor=${this.#cursor}&epoch=${this.#epoch}`
    const { baseUrl, credentials } = this.#options.session
    const transport: Transport = (kind === 'socket' ? openSocket : openStream)(
      { baseUrl, credentials, position, token },
      {
        bytes: () => {
          if (transport === this.#transport) this.#heardAt = Date.now()
        },
        frame: (frame) => this.#receive(transport, frame),
        end: (code, reason) => this.#ended(transport, code, reason),
      },
    )
    return transport
  }

  #ended(transport: Transport, code: number, reason: string): void {
    if (transport === this.#next) return this.#dropNext()
    const plan = afterClose(code, reason)
    // A browser reports a refused handshake (401) like an unreachable network: the session has to check its token.
    const refused = this.#welcomedAt === null && !plan.planned
    if (refused) this.#noteRefusal(transport.kind)
    this.#lost(refused ? { ...plan, trust: 'unsure' } : plan)
  }

  /** After a failed stream a socket is tried once, then a stream again. */
  #noteRefusal(kind: TransportKind): void {
    this.#failedUpgrades = kind === 'socket' ? this.#failedUpgrades + 1 : maxFailedUpgrades - 1
  }

  #receive(from: Transport, frame: ServerFrame | null): void {
    if (from === this.#next && frame?.type === 'welcome') this.#takeOver(from)
    if (from !== this.#transport) return
    if (from.kind === 'socket' || this.#welcomedAt === null) clearTimeout(this.#deadline)
    if (frame === null) return
    if (isEvent(frame)) return this.#event(frame)
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(from.kind, frame)
      case 'presence':
        return this.#set({ presence: frame.users })
      case 'auth-expiring':
        return this.#expiring(from.kind)
      case 'pong':
        return this.#answered()
      case 'error': // a close with its code follows
        return
    }
  }

  #takeOver(next: Transport): void {
    this.#next = null
    this.#drop()
    this.#transport = next
  }

  #welcome(transport: TransportKind, frame: Extract<ServerFrame, { type: 'welcome' }>): void {
    this.#welcomedAt = Date.now()
    this.#heardAt = this.#welcomedAt
    if (transport === 'socket') {
      this.#failedUpgrades = 0
      this.#trials = 0
    }
    this.#set({ transport, isDelayed: transport === 'stream' && this.#status.isDelayed })
    this.#pingTimer = setInterval(this.#ping, pingEvery)
    for (const [postId, following] of this.#following) this.#send({ type: 'follow', postId, ...following })
    const isReplaced = this.#epoch !== null && this.#epoch !== frame.epoch
    const behind = this.#cursor === null || isReplaced || frame.resume === 'refresh'
    this.#epoch = frame.epoch
    if (behind) {
      this.#cursor = frame.cursor
      return this.#refresh(isReplaced)
    }
    // The server answers in order: all missed events arrive before the pong.
    this.#enter('catching-up')
    this.#check(answerWithin)
  }

  #refresh(isReplaced: boolean): void {
    const run = this.#run
    this.#rereading = true
    this.#enter('catching-up')
    const epoch = this.#epoch
    const done = () => {
      if (epoch === this.#epoch && epoch !== this.#status.epoch) this.#set({ epoch })
      if (run !== this.#run) return
      this.#rereading = false
      this.#enterLive()
    }
    this.#options.onRefresh({ isReplaced }).then(done, done)
  }

  #answered(): void {
    if (!this.#rereading) this.#enterLive()
  }

  #enterLive(): void {
    this.#enter('live')
    if (this.#transport?.kind !== 'stream') return
    if (this.#status.isDelayed) this.#set({ isDelayed: false })
    if (this.#trialTimer === undefined) this.#scheduleTrial()
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
    if (this.#awaited !== null) this.#compareWithHead()
  }

  /** A new stream has a pause before it is replaced, so that tokens of a few seconds cause no loop. */
  #expiring(kind: TransportKind): void {
    if (kind === 'socket') return void this.#renew()
    clearTimeout(this.#renewTimer)
    this.#renewTimer = setTimeout(() => void this.#renew(), (this.#welcomedAt ?? 0) + stableAfter - Date.now())
  }

  /**
   * Renews the token: on the open socket, or by a new stream that replaces the open one. When that fails, the server
   * closes with 4401, and the page reconnects.
   */
  async #renew(): Promise<void> {
    const run = this.#run
    const token = await this.#options.session.usable('expired', this.#token).catch(() => undefined)
    if (run !== this.#run || token === undefined) return
    if (token === null) return this.#signedOut()
    this.#token = token
    if (this.#transport?.kind === 'stream') this.#openNext('stream')
    else this.#send({ type: 'auth', token })
  }

  /** Opens a connection beside the present one. */
  #openNext(kind: TransportKind): void {
    if (this.#status.state !== 'live' || this.#token === null) return this.#dropNext()
    this.#next?.close()
    this.#next = this.#open(kind, this.#token)
    clearTimeout(this.#trialTimer)
    this.#trialTimer = setTimeout(() => this.#dropNext(), answerWithin)
  }

  #dropNext(): void {
    this.#next?.close()
    this.#next = null
    this.#scheduleTrial()
  }

  /** Tries a socket later, with a growing pause. */
  #scheduleTrial(): void {
    clearTimeout(this.#trialTimer)
    this.#trialTimer = setTimeout(() => {
      this.#trials += 1
      this.#openNext('socket')
    }, trialPause(this.#trials, this.#options.random ?? Math.random))
  }

  #ping = (): void => {
    const silence = Date.now() - this.#heardAt
    if (this.#transport?.kind === 'stream' && silence >= silentAfter) {
      // After a sleep timers fire late, so silence proves no delay.
      return this.#late(silence < silentAfter + pingEvery)
    }
    this.#check(answerWithin)
  }

  /** Requires proof within `ms` milliseconds that every event sent before now has arrived. */
  #check(within: number): void {
    if (this.#transport?.kind === 'stream') void this.#awaitHead()
    else this.#send({ type: 'ping' })
    this.#expectAnswer(within)
  }

  /** A failed request proves nothing: the deadline then passes. */
  async #awaitHead(): Promise<void> {
    const run = this.#run
    const head = await readHead(this.#options.session).catch(() => null)
    if (run !== this.#run || head === null) return
    this.#awaited = head
    this.#compareWithHead()
  }

  #compareWithHead(): void {
    if (this.#awaited === null || this.#cursor === null) return
    if (this.#cursor < this.#awaited) return this.#expectAnswer()
    this.#awaited = null
    clearTimeout(this.#deadline)
    this.#answered()
  }

  #expectAnswer(within = answerWithin): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(this.#unanswered, within)
  }

  #unanswered = (): void => {
    const kind = this.#transport?.kind
    if (this.#welcomedAt !== null) return this.#late(kind === 'stream' && this.#awaited !== null)
    if (kind !== undefined) this.#noteRefusal(kind)
    this.#late(kind === 'stream', 'unsure')
  }

  /** Reconnects after silence. A silent stream counts as delayed, not as lost, if the API answers. */
  #late(mayBeDelay: boolean, trust: TokenTrust = mayBeDelay ? 'unsure' : 'valid'): void {
    this.#wasLate = mayBeDelay
    if (mayBeDelay) this.#failedUpgrades = maxFailedUpgrades - 1
    this.#lost({ planned: false, trust, delay: null })
  }

  /** After a change of the network or of the page's visibility: reconnects at once, or pings to check the connection. */
  #nudge = (): void => {
    if (document.visibilityState === 'hidden') return
    if (this.#welcomedAt !== null) this.#check(suspectWithin)
    else if (this.#retryTimer !== undefined) void this.#connect()
  }

  /** Tries a socket again, because WebSockets may work on the new network. */
  #online = (): void => {
    this.#nudge()
    this.#trials = 0
    if (this.#transport?.kind === 'stream') this.#openNext('socket')
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

  #endDelay(): void {
    this.#wasLate = false
    this.#set({ isDelayed: false })
  }

  #signedOut(): void {
    this.stop()
    this.#endDelay()
    this.#enter('signed-out')
  }

  /** Abandons the current connection without waiting for its close. */
  #drop(): void {
    this.#run += 1
    clearTimeout(this.#retryTimer)
    clearInterval(this.#pingTimer)
    clearTimeout(this.#deadline)
    clearTimeout(this.#trialTimer)
    clearTimeout(this.#renewTimer)
    this.#retryTimer = undefined
    this.#trialTimer = undefined
    this.#welcomedAt = null
    this.#rereading = false
    this.#awaited = null
    this.#next?.close()
    this.#next = null
    this.#transport?.close()
    this.#transport = null
  }

  #send(frame: ClientFrame): void {
    if (this.#welcomedAt !== null) this.#transport?.send(frame)
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
