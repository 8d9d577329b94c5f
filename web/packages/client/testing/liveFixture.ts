import { afterEach, beforeEach, vi } from 'vitest'
import { LiveConnection } from '../src/connection.ts'
import type { TokenTrust } from '../src/session.ts'
import { type FakeStream, type FakeWebSocket, fakeServer, fakeStreams } from './fakeServer.ts'

type Usable = (trust: TokenTrust, used: string | null) => Promise<string | null>

/** A connection to a fake server under fake timers, new for each test. */
export class LiveFixture {
  readonly server: FakeWebSocket[] = fakeServer()
  readonly streams: FakeStream[] = fakeStreams(() => this.head())
  readonly seen: number[] = []
  readonly usable = vi.fn<Usable>(() => Promise.resolve('token-1'))
  replaced = 0
  refreshes = 0
  /** The answer to onRefresh. */
  refreshed: Promise<unknown> = Promise.resolve()
  /** The answer of GET /api/status. */
  head: () => Promise<number> = () => Promise.resolve(0)

  readonly live = new LiveConnection({
    session: { baseUrl: 'http://server', credentials: 'include', usable: this.usable, fetch: (request) => fetch(request) },
    onEvent: (event) => this.seen.push(event.seq),
    onRefresh: ({ isReplaced }) => {
      this.refreshes += 1
      if (isReplaced) this.replaced += 1
      return this.refreshed
    },
    random: () => 0.5,
  })

  get state() {
    return this.live.get().state
  }

  get last(): FakeWebSocket {
    const socket = this.server.at(-1)
    if (socket === undefined) throw new Error('nothing was opened')
    return socket
  }

  get lastStream(): FakeStream {
    const stream = this.streams.at(-1)
    if (stream === undefined) throw new Error('no stream was requested')
    return stream
  }

  /** Advances the clock until the next connection is opened, at most `most` ms; returns how long that took. */
  async opening(most: number): Promise<number> {
    const opened = () => this.server.length + this.streams.length
    const before = opened()
    let passed = 0
    for (; opened() === before && passed < most; passed += 25) await pass(25)
    return passed
  }

  /** Signed in, welcomed at `cursor`, and stable. */
  async liveAt(cursor: number): Promise<void> {
    this.live.start()
    await flush()
    this.last.welcomes(cursor)
    await pass(5_000)
  }

  /** Live at `cursor` by a stream, after two upgrades that failed. */
  async streamingAt(cursor: number): Promise<FakeStream> {
    await this.liveAt(cursor)
    this.head = () => Promise.resolve(cursor)
    this.last.closes(1006)
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await this.opening(15_000)
      this.last.closes(1006)
    }
    await this.opening(15_000)
    this.lastStream.welcomes(cursor)
    await pass(1_000)
    return this.lastStream
  }
}

export const flush = () => vi.advanceTimersByTimeAsync(0)
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Makes a fixture before each test of the file, and passes it to `use`. */
export function givenConnection(use: (fixture: LiveFixture) => void): void {
  let fixture: LiveFixture | undefined
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-23T10:42:00Z') })
    fixture = new LiveFixture()
    use(fixture)
  })
  afterEach(() => {
    fixture?.live.stop()
    vi.useRealTimers()
  })
}
