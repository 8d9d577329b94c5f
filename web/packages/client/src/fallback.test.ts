import { describe, expect, it } from 'vitest'
import type { FakeStream } from '../testing/fakeServer.ts'
import { flush, givenConnection, type LiveFixture, pass } from '../testing/liveFixture.ts'

let t: LiveFixture
givenConnection((fixture) => (t = fixture))

describe('where WebSockets are blocked', () => {
  it('opens the event stream after two failed upgrades, with the token in the header only', async () => {
    const stream = await t.streamingAt(5)
    expect(stream.url).toBe('http://server/api/stream?cursor=5&epoch=e1')
    expect(stream.init.headers).toMatchObject({ Authorization: 'Bearer token-1' })
    expect(stream.init.credentials).toBe('include')
    expect(t.server).toHaveLength(3)
    expect(t.live.get()).toMatchObject({ state: 'live', transport: 'stream', isDelayed: false })
    stream.deliverEvents(6, 7, 6)
    await flush()
    expect(t.seen).toEqual([6, 7])
  })

  it('counts only failures while the API answers', async () => {
    await t.liveAt(5)
    t.last.closes(1006)
    await t.opening(15_000)
    t.last.closes(1006)
    t.usable.mockRejectedValueOnce(new TypeError('unreachable'))
    await t.opening(15_000)
    t.last.closes(1006)
    await t.opening(15_000)
    expect(t.streams).toHaveLength(0)
  })

  it('counts only failures in a row', async () => {
    await t.liveAt(5)
    for (let n = 0; n < 3; n += 1) {
      t.last.closes(1006)
      await t.opening(15_000)
      t.last.closes(1006)
      await t.opening(15_000)
      t.last.resumes(5)
      await pass(5_000)
    }
    expect(t.streams).toHaveLength(0)
    expect(t.live.get()).toMatchObject({ state: 'live', transport: 'socket' })
  })

  it('connects by a stream at the first visit, too', async () => {
    t.live.start()
    await flush()
    t.last.closes(1006)
    await t.opening(15_000)
    await pass(10_000) // an upgrade without an answer
    await t.opening(15_000)
    expect(t.lastStream.url).toBe('http://server/api/stream')
    t.lastStream.welcomes(7, 'nothing')
    await flush()
    expect(t.refreshes).toBe(1)
    expect(t.live.get()).toMatchObject({ state: 'live', transport: 'stream' })
    expect(t.live.cursor).toBe(7)
  })

  it('is catching up until the newest event has arrived', async () => {
    const stream = await t.streamingAt(5)
    t.head = () => Promise.resolve(7)
    stream.closes(4408, 'too slow')
    await flush()
    expect(t.state).toBe('catching-up')
    t.lastStream.welcomes(5)
    t.lastStream.deliverEvents(6)
    await flush()
    expect(t.state).toBe('catching-up')
    t.lastStream.deliverEvents(7)
    await flush()
    expect(t.state).toBe('live')
    expect(t.seen).toEqual([6, 7])
    expect(t.server).toHaveLength(3)
  })

  it('reconnects from its position at a gap', async () => {
    const stream = await t.streamingAt(5)
    stream.deliverEvents(6, 8, 7)
    await flush()
    expect(t.seen).toEqual([6])
    expect(stream.closedByPage).toBe(true)
    await flush()
    expect(t.lastStream.url).toBe('http://server/api/stream?cursor=6&epoch=e1')
  })

  it('reads everything again in another history', async () => {
    const stream = await t.streamingAt(5)
    stream.closes(1012, 'retry in 1ms')
    await pass(25)
    t.lastStream.welcomes(3, 'refresh', 'e2')
    await flush()
    expect([t.refreshes, t.replaced]).toEqual([2, 1])
    expect(t.live.get()).toMatchObject({ state: 'live', epoch: 'e2' })
    expect(t.live.cursor).toBe(3)
  })

  it.each([
    [4401, 'expired', 0],
    [4403, 'expired', 0],
    [4408, 'valid', 0],
    [1012, 'valid', 1234],
  ] as const)('treats the end %i like the close of a socket', async (code, trust, wait) => {
    const stream = await t.streamingAt(5)
    const requests = t.streams.length
    stream.closes(code, 'retry in 1234ms')
    await flush()
    expect(t.state).toBe('catching-up')
    if (wait > 0) await pass(wait - 1)
    if (wait > 0) expect(t.streams).toHaveLength(requests)
    await pass(1)
    expect(t.streams).toHaveLength(requests + 1)
    expect(t.usable).toHaveBeenLastCalledWith(trust, 'token-1')
  })

  it.each([
    ['ends without a reason', (stream: FakeStream) => stream.cut()],
    ['brings something that is no frame', (stream: FakeStream) => stream.writes('data: <html>\n\n')],
    ['brings an event without end', (stream: FakeStream) => stream.writes(`data: ${'x'.repeat(1 << 20)}`)],
  ])('reconnects when the stream %s', async (_, end) => {
    const stream = await t.streamingAt(5)
    const requests = t.streams.length
    end(stream)
    await flush()
    expect(t.state).toBe('offline')
    await t.opening(15_000)
    expect(t.streams).toHaveLength(requests + 1)
    t.lastStream.welcomes(5)
    await flush()
    expect(t.state).toBe('live')
  })

  it.each([
    ['a refusal', 429, 'application/problem+json'],
    ['a page of a proxy', 200, 'text/html'],
  ])('takes %s for an outage, and tries a socket again', async (_, status, contentType) => {
    const stream = await t.streamingAt(5)
    stream.cut()
    await flush()
    await t.opening(15_000)
    t.lastStream.refuses(status, contentType)
    await flush()
    expect(t.live.get()).toMatchObject({ state: 'offline', isDelayed: false })
    await t.opening(15_000)
    expect(t.usable).toHaveBeenLastCalledWith('unsure', 'token-1')
    expect(t.server).toHaveLength(4)
  })

  it('renews the token by a second stream that takes the place of the first', async () => {
    const stream = await t.streamingAt(5)
    const states: string[] = []
    t.live.watch(() => states.push(t.state))
    t.usable.mockResolvedValueOnce('token-2')
    stream.deliver({ type: 'auth-expiring', expiresAt: '' })
    await pass(1_000)
    expect(t.lastStream.init.headers).toMatchObject({ Authorization: 'Bearer token-2' })
    expect(t.lastStream.url).toBe('http://server/api/stream?cursor=5&epoch=e1')
    stream.deliverEvents(6)
    await flush()
    expect(stream.closedByPage).toBe(false)
    t.head = () => Promise.resolve(6)
    t.lastStream.welcomes(5)
    await flush()
    expect(stream.closedByPage).toBe(true)
    t.lastStream.deliverEvents(6, 7)
    await flush()
    expect(t.seen).toEqual([6, 7])
    expect(t.state).toBe('live')
    expect(states).not.toContain('offline')
  })

  it('shows presence, and sends follows on a socket only', async () => {
    const stream = await t.streamingAt(5)
    t.live.follow(42, { state: 'viewing' })
    stream.deliver({ type: 'presence', users: [{ id: 1, name: 'Ana' }] })
    await flush()
    expect(t.live.get().presence).toHaveLength(1)
    await t.opening(30_000)
    t.last.welcomes(5, 'replayed')
    expect(t.last.sent).toEqual([{ type: 'follow', postId: 42, state: 'viewing' }, { type: 'ping' }])
  })
})

describe('the stream that is late', () => {
  it('is reconnected when no byte arrives, but for comments', async () => {
    const stream = await t.streamingAt(5)
    for (let n = 0; n < 6; n += 1) {
      await pass(20_000)
      stream.writes(':\n\n')
      await flush()
      t.last.closes(1006) // each trial of a socket
    }
    expect(t.state).toBe('live')
    await pass(60_000)
    expect(stream.closedByPage).toBe(true)
  })

  it('is a delay when its welcome is held back although the API answers', async () => {
    const stream = await t.streamingAt(5)
    stream.cut()
    await flush()
    await t.opening(15_000)
    t.lastStream.opens()
    await pass(9_999)
    expect(t.live.get().isDelayed).toBe(false)
    await pass(1)
    expect(t.state).toBe('offline')
    await t.opening(15_000)
    expect(t.live.get()).toMatchObject({ state: 'offline', isDelayed: true })
    t.last.welcomes(5, 'replayed')
    expect(t.live.get()).toMatchObject({ transport: 'socket', isDelayed: false })
  })

  it('is a delay when heartbeats and older events arrive, and the newest event does not', async () => {
    const stream = await t.streamingAt(5)
    t.head = () => Promise.resolve(7)
    document.dispatchEvent(new Event('visibilitychange'))
    await flush()
    stream.deliverEvents(6)
    for (let n = 0; n < 4; n += 1) {
      await pass(2_499)
      stream.writes(':\n\n')
      stream.deliver({ type: 'presence', users: [] })
    }
    await flush()
    expect(stream.closedByPage).toBe(false)
    await pass(4)
    expect(stream.closedByPage).toBe(true)
    await t.opening(15_000)
    expect(t.live.get().isDelayed).toBe(true)
  })

  it('stays a delay until the newest event has arrived', async () => {
    await t.streamingAt(5)
    t.head = () => Promise.resolve(6)
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(10_000)
    await t.opening(15_000)
    t.last.closes(1006)
    await t.opening(15_000)
    t.lastStream.welcomes(5)
    await flush()
    expect(t.live.get()).toMatchObject({ state: 'catching-up', transport: 'stream', isDelayed: true })
  })

  it.each([
    ['the API does not answer', () => Promise.reject(new TypeError('unreachable'))],
    ['the session has ended', () => Promise.resolve(null)],
  ])('is no longer a delay once %s', async (_, answer) => {
    await t.streamingAt(5)
    t.head = () => Promise.resolve(6)
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(10_000)
    await t.opening(15_000)
    expect(t.live.get().isDelayed).toBe(true)
    t.usable.mockImplementationOnce(answer)
    t.last.closes(1006)
    await pass(15_000)
    expect(t.live.get().isDelayed).toBe(false)
  })

  it('is an outage when the API does not answer either', async () => {
    const stream = await t.streamingAt(5)
    stream.cut()
    await flush()
    await t.opening(15_000)
    t.usable.mockRejectedValueOnce(new TypeError('unreachable'))
    await pass(25_000)
    expect(t.live.get()).toMatchObject({ isDelayed: false })
  })

  it('is a delay when an event that the server has does not arrive within 10 s', async () => {
    await t.streamingAt(5)
    t.head = () => Promise.resolve(6)
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(9_999)
    expect(t.state).toBe('live')
    await pass(1)
    expect(t.state).toBe('offline')
    await t.opening(15_000)
    expect(t.live.get().isDelayed).toBe(true)
    t.last.closes(1006)
    await t.opening(15_000)
    t.lastStream.welcomes(5)
    t.lastStream.deliverEvents(6)
    await flush()
    expect(t.live.get()).toMatchObject({ state: 'live', isDelayed: false })
  })
})

describe('the socket beside a stream', () => {
  it('is tried after a growing pause, and the stream stays while it fails', async () => {
    const stream = await t.streamingAt(5)
    const pauses: number[] = []
    const beat = setInterval(() => stream.writes(':\n\n'), 20_000)
    for (let attempt = 0; attempt < 6; attempt += 1) {
      pauses.push(await t.opening(1_000_000))
      t.last.closes(1006)
    }
    clearInterval(beat)
    // Three quarters of 30 s · 2^n, at most of 10 min.
    expect(pauses.slice(1)).toEqual([45_000, 90_000, 180_000, 360_000, 450_000])
    expect(t.state).toBe('live')
    expect(stream.closedByPage).toBe(false)
  })

  it('takes over when it is welcomed: no event is lost, and none applied twice', async () => {
    const stream = await t.streamingAt(5)
    await t.opening(30_000)
    expect(t.last.url).toBe('ws://server/ws?cursor=5&epoch=e1')
    stream.deliverEvents(6)
    await flush()
    expect(t.live.get().transport).toBe('stream')
    t.last.resumes(5, 6, 7)
    expect(stream.closedByPage).toBe(true)
    expect(t.seen).toEqual([6, 7])
    expect(t.live.get()).toMatchObject({ state: 'live', transport: 'socket' })
    await pass(20_000)
    expect(t.server).toHaveLength(4)
  })

  it('is tried at once when the network changes', async () => {
    await t.streamingAt(5)
    window.dispatchEvent(new Event('online'))
    expect(t.server).toHaveLength(4)
    t.last.resumes(5)
    expect(t.live.get()).toMatchObject({ state: 'live', transport: 'socket' })
  })

  it('is closed after 10 s without a welcome, and by a stop', async () => {
    await t.streamingAt(5)
    await t.opening(30_000)
    await pass(10_000)
    expect(t.last.closedByPage).toBe(true)
    window.dispatchEvent(new Event('online'))
    expect(t.server).toHaveLength(5)
    t.live.stop()
    expect(t.last.closedByPage).toBe(true)
    expect(t.lastStream.closedByPage).toBe(true)
  })
})
