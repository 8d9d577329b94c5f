import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TokenTrust } from '../api/session'
import { type FakeWebSocket, fakeServer } from './fakeServer'
import { LiveSocket } from './socket'

let server: FakeWebSocket[]
let live: LiveSocket
let seen: number[]
let replaced: number
let refreshes: number
let refreshed: Promise<unknown>
let usable: ReturnType<typeof vi.fn<(trust: TokenTrust, used: string | null) => Promise<string | null>>>

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-23T10:42:00Z') })
  server = fakeServer()
  seen = []
  refreshes = 0
  replaced = 0
  refreshed = Promise.resolve()
  usable = vi.fn(() => Promise.resolve('token-1'))
  live = new LiveSocket({
    url: 'ws://server/ws',
    usable,
    onEvent: (event) => seen.push(event.seq),
    onRefresh: ({ isReplaced }) => {
      refreshes += 1
      if (isReplaced) replaced += 1
      return refreshed
    },
    random: () => 0.5,
  })
})

afterEach(() => {
  live.stop()
  vi.useRealTimers()
})

const flush = () => vi.advanceTimersByTimeAsync(0)
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const state = () => live.get().state
const last = (): FakeWebSocket => {
  const socket = server.at(-1)
  if (socket === undefined) throw new Error('nothing was opened')
  return socket
}

/** Passes time until the next socket is opened, at most `most` ms; returns how long that took. */
async function opening(most: number): Promise<number> {
  const opened = server.length
  let passed = 0
  for (; server.length === opened && passed < most; passed += 25) await pass(25)
  return passed
}

/** Signed in, welcomed at `cursor`, and stable. */
async function liveAt(cursor: number): Promise<void> {
  live.start()
  await flush()
  last().welcomes(cursor)
  await pass(5_000)
}

describe('the first connection', () => {
  it('offers the protocol and the token, and gives no cursor', async () => {
    live.start()
    expect(state()).toBe('connecting')
    await flush()
    expect(last().url).toBe('ws://server/ws')
    expect(last().protocols).toEqual(['wiredesk.v1', 'bearer.token-1'])
    expect(usable).toHaveBeenLastCalledWith('valid', null)
  })

  it('is catching up until all data is read again, then live', async () => {
    let settle: (value: unknown) => void = () => undefined
    refreshed = new Promise((resolve) => (settle = resolve))
    live.start()
    await flush()
    last().welcomes(70)
    last().deliver({ type: 'pong' })
    expect(state()).toBe('catching-up')
    expect(refreshes).toBe(1)
    settle(null)
    await flush()
    expect(state()).toBe('live')
    expect(live.cursor).toBe(70)
  })

  it('opens one socket however often it is started', async () => {
    live.start()
    live.start()
    await flush()
    expect(server).toHaveLength(1)
  })

  it('is offline when the server does not answer the handshake within 10 s', async () => {
    live.start()
    await flush()
    await pass(9_999)
    expect(state()).toBe('connecting')
    await pass(1)
    expect(state()).toBe('offline')
    expect(last().closedByPage).toBe(true)
  })

  it('never connects after a stop during the token\'s renewal', async () => {
    live.start()
    live.stop()
    await flush()
    expect(server).toHaveLength(0)
  })
})

describe('the stream', () => {
  it('delivers each event once, in order, to the patches first', async () => {
    await liveAt(5)
    const later: number[][] = []
    const end = live.subscribe(() => later.push([...seen]))
    last().deliverEvents(6, 7, 7, 3, 8)
    expect(seen).toEqual([6, 7, 8])
    expect(later).toEqual([[6], [6, 7], [6, 7, 8]])
    end()
    last().deliverEvents(9)
    expect(later).toHaveLength(3)
    expect(live.cursor).toBe(9)
  })

  it('drops what it knew of another history of the event log', async () => {
    await liveAt(5)
    expect([refreshes, replaced]).toEqual([1, 0])
    last().closes(1012, 'retry in 1ms')
    await pass(25)
    expect(last().url).toBe('ws://server/ws?cursor=5&epoch=e1')
    last().welcomes(3, 'refresh', 'e2')
    await pass(5_000)
    expect([refreshes, replaced]).toEqual([2, 1])
    expect(live.cursor).toBe(3)
    last().deliverEvents(4)
    expect(seen).toEqual([4])
    last().closes(1012, 'retry in 1ms')
    await pass(25)
    expect(last().url).toBe('ws://server/ws?cursor=4&epoch=e2')
  })

  it('reconnects from its position at a hole, and takes nothing from beyond it', async () => {
    await liveAt(5)
    const holed = last()
    holed.deliverEvents(6, 8)
    expect(seen).toEqual([6])
    expect(state()).toBe('catching-up')
    expect(holed.closedByPage).toBe(true)
    holed.deliverEvents(7)
    await flush()
    expect(server).toHaveLength(2)
    expect(last().url).toBe('ws://server/ws?cursor=6&epoch=e1')
    last().welcomes(6, 'replayed')
    last().deliverEvents(7, 8)
    expect(state()).toBe('catching-up')
    expect(last().sent).toEqual([{ type: 'ping' }])
    last().deliver({ type: 'pong' })
    expect(state()).toBe('live')
    expect(seen).toEqual([6, 7, 8])
    expect(refreshes).toBe(1)
  })

  it('takes the new position and reads everything again at a refresh, even a lower position', async () => {
    await liveAt(5)
    last().closes(4408)
    await flush()
    last().welcomes(2, 'refresh')
    expect(refreshes).toBe(2)
    await flush()
    expect(state()).toBe('live')
    last().deliverEvents(3)
    expect(seen).toEqual([3])
  })

  it('ignores a frame of a kind that it does not know', async () => {
    await liveAt(5)
    last().deliver({ type: 'weather' })
    last().deliverEvents(6)
    expect(seen).toEqual([6])
  })

  it('has the presence list while connected, and none while offline', async () => {
    await liveAt(5)
    const told = vi.fn()
    const end = live.watch(told)
    last().deliver({ type: 'presence', users: [{ id: 1, name: 'Ana' }] })
    expect(live.get().presence).toHaveLength(1)
    expect(told).toHaveBeenCalledOnce()
    end()
    last().closes(1006)
    expect(live.get().presence).toEqual([])
    expect(told).toHaveBeenCalledOnce()
  })
})

describe('the connection that was lost', () => {
  it('is offline since then, and tries for ever with a growing, bounded pause', async () => {
    await liveAt(5)
    const since = new Date()
    last().closes(1006)
    expect(live.get()).toMatchObject({ state: 'offline', since })
    const pauses: number[] = []
    for (let attempt = 0; attempt < 9; attempt += 1) {
      pauses.push(await opening(15_000))
      last().closes(1006)
    }
    // Half of 250 · 2^n ms, at most of 15 s.
    expect(pauses).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500])
    expect(live.get()).toMatchObject({ state: 'offline', since })
    await pass(7_500)
    last().resumes(5, 6, 7)
    expect(state()).toBe('live')
    expect(seen).toEqual([6, 7])
  })

  it('lets the session ask the server after a handshake that failed', async () => {
    await liveAt(5)
    last().closes(1006)
    await pass(125)
    expect(usable).toHaveBeenLastCalledWith('valid', 'token-1')
    last().closes(1006)
    await pass(250)
    expect(usable).toHaveBeenLastCalledWith('unsure', 'token-1')
  })

  it('reconnects at once when the network or the page is back', async () => {
    await liveAt(5)
    last().closes(1006)
    window.dispatchEvent(new Event('online'))
    await flush()
    expect(server).toHaveLength(2)
    last().closes(1006)
    document.dispatchEvent(new Event('visibilitychange'))
    await flush()
    expect(server).toHaveLength(3)
  })

  it.each([
    [4408, 'slow', 'valid'],
    [4401, 'expired', 'expired'],
    [4403, 'role changed', 'expired'],
  ] as const)('reconnects at once after %i (%s)', async (code, reason, trust) => {
    await liveAt(5)
    last().closes(code, reason)
    expect(state()).toBe('catching-up')
    await flush()
    expect(usable).toHaveBeenLastCalledWith(trust, 'token-1')
    expect(last().url).toBe('ws://server/ws?cursor=5&epoch=e1')
    last().resumes(5)
    expect(state()).toBe('live')
  })

  it('backs off when the server closes each connection right after the welcome', async () => {
    await liveAt(5)
    last().closes(4408)
    await flush()
    last().welcomes(5, 'replayed')
    last().closes(4408)
    await pass(249)
    expect(server).toHaveLength(2)
    await pass(1)
    expect(server).toHaveLength(3)
  })

  it('waits as long as a restarting server asks', async () => {
    await liveAt(5)
    last().closes(1012, 'retry in 1234ms')
    expect(state()).toBe('catching-up')
    await pass(1_233)
    expect(server).toHaveLength(1)
    await pass(1)
    expect(server).toHaveLength(2)
  })
})

describe('the ping', () => {
  it('goes out every 25 s, and an answer keeps the connection', async () => {
    await liveAt(5)
    await pass(20_000)
    expect(last().sent).toEqual([{ type: 'ping' }])
    last().deliver({ type: 'pong' })
    await pass(24_999)
    expect(state()).toBe('live')
  })

  it('finds a dead connection after 10 s', async () => {
    await liveAt(5)
    await pass(20_000 + 9_999)
    expect(state()).toBe('live')
    await pass(1)
    expect(state()).toBe('offline')
  })

  it('goes out at once when a laptop wakes or the network changes', async () => {
    await liveAt(5)
    document.dispatchEvent(new Event('visibilitychange'))
    window.dispatchEvent(new Event('offline'))
    expect(last().sent).toEqual([{ type: 'ping' }, { type: 'ping' }])
    await pass(2_999)
    expect(state()).toBe('live')
    await pass(1)
    expect(state()).toBe('offline') // sooner than after a ping in quiet times
  })
})

describe('the token', () => {
  it('is renewed in band before it expires', async () => {
    await liveAt(5)
    usable.mockResolvedValueOnce('token-2')
    last().deliver({ type: 'auth-expiring', expiresAt: '' })
    await flush()
    expect(usable).toHaveBeenLastCalledWith('expired', 'token-1')
    expect(last().sent).toEqual([{ type: 'auth', token: 'token-2' }])
    expect(state()).toBe('live')
    expect(server).toHaveLength(1)
  })

  it('that cannot be renewed in band keeps the connection until the server ends it', async () => {
    await liveAt(5)
    usable.mockRejectedValueOnce(new TypeError('unreachable'))
    last().deliver({ type: 'auth-expiring', expiresAt: '' })
    await flush()
    expect(state()).toBe('live')
  })

  it('refused in band ends in signed-out', async () => {
    await liveAt(5)
    usable.mockResolvedValueOnce(null)
    last().deliver({ type: 'auth-expiring', expiresAt: '' })
    await flush()
    expect(state()).toBe('signed-out')
    expect(last().closedByPage).toBe(true)
  })

  it('that expires while offline is renewed as soon as the server is reachable', async () => {
    await liveAt(5)
    last().closes(1006)
    usable.mockRejectedValue(new TypeError('unreachable'))
    await pass(60_000)
    expect(server).toHaveLength(1)
    expect(state()).toBe('offline')
    usable.mockResolvedValue('token-2')
    await opening(15_000)
    expect(last().protocols).toContain('bearer.token-2')
    last().resumes(5)
    expect(state()).toBe('live')
  })

  it('renews a refused token after the server was unreachable', async () => {
    await liveAt(5)
    usable.mockRejectedValueOnce(new TypeError('unreachable'))
    last().closes(4401)
    await flush()
    expect(state()).toBe('offline')
    await opening(15_000)
    expect(usable).toHaveBeenLastCalledWith('expired', 'token-1')
  })

  it('refused after 4401 ends in signed-out without another try, and a sign-in resumes', async () => {
    await liveAt(5)
    usable.mockResolvedValue(null)
    last().closes(4401)
    await flush()
    expect(state()).toBe('signed-out')
    await pass(60_000)
    window.dispatchEvent(new Event('online'))
    await flush()
    expect(server).toHaveLength(1)
    usable.mockResolvedValue('token-3')
    live.start()
    await flush()
    expect(last().url).toBe('ws://server/ws?cursor=5&epoch=e1')
    last().resumes(5, 6)
    expect(seen).toEqual([6])
    expect(state()).toBe('live')
  })
})

describe('following a post', () => {
  it('is sent once for each change, and again after a reconnect', async () => {
    live.follow(42, { state: 'viewing' })
    await liveAt(5)
    live.follow(42, { state: 'viewing' })
    live.follow(42, { state: 'editing', field: 'title' })
    live.follow(7, { state: 'viewing' })
    live.unfollow(7)
    live.unfollow(7)
    expect(last().sent).toEqual([
      { type: 'follow', postId: 42, state: 'viewing' },
      { type: 'follow', postId: 42, state: 'editing', field: 'title' },
      { type: 'follow', postId: 7, state: 'viewing' },
      { type: 'unfollow', postId: 7 },
    ])
    last().closes(4408)
    await flush()
    last().welcomes(5, 'replayed')
    expect(last().sent).toEqual([{ type: 'follow', postId: 42, state: 'editing', field: 'title' }, { type: 'ping' }])
  })
})
