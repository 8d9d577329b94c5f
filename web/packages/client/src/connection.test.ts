import { describe, expect, it, vi } from 'vitest'
import { flush, givenConnection, type LiveFixture, pass } from '../testing/liveFixture.ts'

let t: LiveFixture
givenConnection((fixture) => (t = fixture))

describe('the first connection', () => {
  it('offers the protocol and the token, and gives no cursor', async () => {
    t.live.start()
    expect(t.state).toBe('connecting')
    await flush()
    expect(t.last.url).toBe('ws://server/ws')
    expect(t.last.protocols).toEqual(['wiredesk.v1', 'bearer.token-1'])
    expect(t.usable).toHaveBeenLastCalledWith('valid', null)
  })

  it('is catching up until all data is read again, then live', async () => {
    let settle: (value: unknown) => void = () => undefined
    t.refreshed = new Promise((resolve) => (settle = resolve))
    t.live.start()
    await flush()
    t.last.welcomes(70)
    t.last.deliver({ type: 'pong' })
    expect(t.state).toBe('catching-up')
    expect(t.refreshes).toBe(1)
    settle(null)
    await flush()
    expect(t.state).toBe('live')
    expect(t.live.cursor).toBe(70)
  })

  it('opens one socket however often it is started', async () => {
    t.live.start()
    t.live.start()
    await flush()
    expect(t.server).toHaveLength(1)
  })

  it('is offline when the server does not answer the handshake within 10 s', async () => {
    t.live.start()
    await flush()
    await pass(9_999)
    expect(t.state).toBe('connecting')
    await pass(1)
    expect(t.state).toBe('offline')
    expect(t.last.closedByPage).toBe(true)
  })

  it('never connects after a stop during the token\'s renewal', async () => {
    t.live.start()
    t.live.stop()
    await flush()
    expect(t.server).toHaveLength(0)
  })
})

describe('the stream', () => {
  it('delivers each event once, in order, to the patches first', async () => {
    await t.liveAt(5)
    const later: number[][] = []
    const end = t.live.subscribe(() => later.push([...t.seen]))
    t.last.deliverEvents(6, 7, 7, 3, 8)
    expect(t.seen).toEqual([6, 7, 8])
    expect(later).toEqual([[6], [6, 7], [6, 7, 8]])
    end()
    t.last.deliverEvents(9)
    expect(later).toHaveLength(3)
    expect(t.live.cursor).toBe(9)
  })

  it('drops what it knew of another history of the event log', async () => {
    await t.liveAt(5)
    expect([t.refreshes, t.replaced]).toEqual([1, 0])
    t.last.closes(1012, 'retry in 1ms')
    await pass(25)
    expect(t.last.url).toBe('ws://server/ws?cursor=5&epoch=e1')
    t.last.welcomes(3, 'refresh', 'e2')
    await pass(5_000)
    expect([t.refreshes, t.replaced]).toEqual([2, 1])
    expect(t.live.cursor).toBe(3)
    t.last.deliverEvents(4)
    expect(t.seen).toEqual([4])
    t.last.closes(1012, 'retry in 1ms')
    await pass(25)
    expect(t.last.url).toBe('ws://server/ws?cursor=4&epoch=e2')
  })

  it('reconnects from its position at a hole, and takes nothing from beyond it', async () => {
    await t.liveAt(5)
    const holed = t.last
    holed.deliverEvents(6, 8)
    expect(t.seen).toEqual([6])
    expect(t.state).toBe('catching-up')
    expect(holed.closedByPage).toBe(true)
    holed.deliverEvents(7)
    await flush()
    expect(t.server).toHaveLength(2)
    expect(t.last.url).toBe('ws://server/ws?cursor=6&epoch=e1')
    t.last.welcomes(6, 'replayed')
    t.last.deliverEvents(7, 8)
    expect(t.state).toBe('catching-up')
    expect(t.last.sent).toEqual([{ type: 'ping' }])
    t.last.deliver({ type: 'pong' })
    expect(t.state).toBe('live')
    expect(t.seen).toEqual([6, 7, 8])
    expect(t.refreshes).toBe(1)
  })

  it('takes the new position and reads everything again at a refresh, even a lower position', async () => {
    await t.liveAt(5)
    t.last.closes(4408)
    await flush()
    t.last.welcomes(2, 'refresh')
    expect(t.refreshes).toBe(2)
    await flush()
    expect(t.state).toBe('live')
    t.last.deliverEvents(3)
    expect(t.seen).toEqual([3])
  })

  it('ignores a frame of a kind that it does not know', async () => {
    await t.liveAt(5)
    t.last.deliver({ type: 'weather' })
    t.last.deliverEvents(6)
    expect(t.seen).toEqual([6])
  })

  it('has the presence list while connected, and none while offline', async () => {
    await t.liveAt(5)
    const listener = vi.fn()
    const end = t.live.watch(listener)
    t.last.deliver({ type: 'presence', users: [{ id: 1, name: 'Ana' }] })
    expect(t.live.get().presence).toHaveLength(1)
    expect(listener).toHaveBeenCalledOnce()
    end()
    t.last.closes(1006)
    expect(t.live.get().presence).toEqual([])
    expect(listener).toHaveBeenCalledOnce()
  })
})

describe('the connection that was lost', () => {
  it('is offline since then, and tries for ever with a growing, bounded pause', async () => {
    await t.liveAt(5)
    const since = new Date()
    t.last.closes(1006)
    expect(t.live.get()).toMatchObject({ state: 'offline', since })
    const pauses: number[] = []
    const refuse = [() => t.last.closes(1006), () => t.last.closes(1006), () => t.lastStream.refuses(503)]
    // Two upgrades, a stream, and then one of each in turn.
    for (const attempt of [0, 1, 2, 0, 2, 0, 2, 0, 2]) {
      pauses.push(await t.opening(15_000))
      refuse[attempt]?.()
      await flush()
    }
    // Half of 250 · 2^n ms, at most of 15 s.
    expect(pauses).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500])
    expect(t.live.get()).toMatchObject({ state: 'offline', since })
    await pass(7_500)
    t.last.resumes(5, 6, 7)
    expect(t.state).toBe('live')
    expect(t.seen).toEqual([6, 7])
  })

  it('lets the session ask the server after a handshake that failed', async () => {
    await t.liveAt(5)
    t.last.closes(1006)
    await pass(125)
    expect(t.usable).toHaveBeenLastCalledWith('valid', 'token-1')
    t.last.closes(1006)
    await pass(250)
    expect(t.usable).toHaveBeenLastCalledWith('unsure', 'token-1')
  })

  it('reconnects at once when the network or the page is back', async () => {
    await t.liveAt(5)
    t.last.closes(1006)
    window.dispatchEvent(new Event('online'))
    await flush()
    expect(t.server).toHaveLength(2)
    t.last.closes(1006)
    document.dispatchEvent(new Event('visibilitychange'))
    await flush()
    expect(t.server).toHaveLength(3)
  })

  it.each([
    [4408, 'slow', 'valid'],
    [4401, 'expired', 'expired'],
    [4403, 'role changed', 'expired'],
  ] as const)('reconnects at once after %i (%s)', async (code, reason, trust) => {
    await t.liveAt(5)
    t.last.closes(code, reason)
    expect(t.state).toBe('catching-up')
    await flush()
    expect(t.usable).toHaveBeenLastCalledWith(trust, 'token-1')
    expect(t.last.url).toBe('ws://server/ws?cursor=5&epoch=e1')
    t.last.resumes(5)
    expect(t.state).toBe('live')
  })

  it('backs off when the server closes each connection right after the welcome', async () => {
    await t.liveAt(5)
    t.last.closes(4408)
    await flush()
    t.last.welcomes(5, 'replayed')
    t.last.closes(4408)
    await pass(249)
    expect(t.server).toHaveLength(2)
    await pass(1)
    expect(t.server).toHaveLength(3)
  })

  it('waits as long as a restarting server asks', async () => {
    await t.liveAt(5)
    t.last.closes(1012, 'retry in 1234ms')
    expect(t.state).toBe('catching-up')
    await pass(1_233)
    expect(t.server).toHaveLength(1)
    await pass(1)
    expect(t.server).toHaveLength(2)
  })
})

describe('the ping', () => {
  it('goes out every 25 s, and an answer keeps the connection', async () => {
    await t.liveAt(5)
    await pass(20_000)
    expect(t.last.sent).toEqual([{ type: 'ping' }])
    t.last.deliver({ type: 'pong' })
    await pass(24_999)
    expect(t.state).toBe('live')
  })

  it('finds a dead connection after 10 s', async () => {
    await t.liveAt(5)
    await pass(20_000 + 9_999)
    expect(t.state).toBe('live')
    await pass(1)
    expect(t.state).toBe('offline')
  })

  it('goes out at once when a laptop wakes or the network changes', async () => {
    await t.liveAt(5)
    document.dispatchEvent(new Event('visibilitychange'))
    window.dispatchEvent(new Event('offline'))
    expect(t.last.sent).toEqual([{ type: 'ping' }, { type: 'ping' }])
    await pass(2_999)
    expect(t.state).toBe('live')
    await pass(1)
    expect(t.state).toBe('offline') // sooner than after a ping in quiet times
  })
})

describe('the token', () => {
  it('is renewed in band before it expires', async () => {
    await t.liveAt(5)
    t.usable.mockResolvedValueOnce('token-2')
    t.last.deliver({ type: 'auth-expiring', expiresAt: '' })
    await flush()
    expect(t.usable).toHaveBeenLastCalledWith('expired', 'token-1')
    expect(t.last.sent).toEqual([{ type: 'auth', token: 'token-2' }])
    expect(t.state).toBe('live')
    expect(t.server).toHaveLength(1)
  })

  it('that cannot be renewed in band keeps the connection until the server ends it', async () => {
    await t.liveAt(5)
    t.usable.mockRejectedValueOnce(new TypeError('unreachable'))
    t.last.deliver({ type: 'auth-expiring', expiresAt: '' })
    await flush()
    expect(t.state).toBe('live')
  })

  it('refused in band ends in signed-out', async () => {
    await t.liveAt(5)
    t.usable.mockResolvedValueOnce(null)
    t.last.deliver({ type: 'auth-expiring', expiresAt: '' })
    await flush()
    expect(t.state).toBe('signed-out')
    expect(t.last.closedByPage).toBe(true)
  })

  it('that expires while offline is renewed as soon as the server is reachable', async () => {
    await t.liveAt(5)
    t.last.closes(1006)
    t.usable.mockRejectedValue(new TypeError('unreachable'))
    await pass(60_000)
    expect(t.server).toHaveLength(1)
    expect(t.state).toBe('offline')
    t.usable.mockResolvedValue('token-2')
    await t.opening(15_000)
    expect(t.last.protocols).toContain('bearer.token-2')
    t.last.resumes(5)
    expect(t.state).toBe('live')
  })

  it('renews a refused token after the server was unreachable', async () => {
    await t.liveAt(5)
    t.usable.mockRejectedValueOnce(new TypeError('unreachable'))
    t.last.closes(4401)
    await flush()
    expect(t.state).toBe('offline')
    await t.opening(15_000)
    expect(t.usable).toHaveBeenLastCalledWith('expired', 'token-1')
  })

  it('refused after 4401 ends in signed-out without another try, and a sign-in resumes', async () => {
    await t.liveAt(5)
    t.usable.mockResolvedValue(null)
    t.last.closes(4401)
    await flush()
    expect(t.state).toBe('signed-out')
    await pass(60_000)
    window.dispatchEvent(new Event('online'))
    await flush()
    expect(t.server).toHaveLength(1)
    t.usable.mockResolvedValue('token-3')
    t.live.start()
    await flush()
    expect(t.last.url).toBe('ws://server/ws?cursor=5&epoch=e1')
    t.last.resumes(5, 6)
    expect(t.seen).toEqual([6])
    expect(t.state).toBe('live')
  })
})

describe('following a post', () => {
  it('is sent once for each change, and again after a reconnect', async () => {
    t.live.follow(42, { state: 'viewing' })
    await t.liveAt(5)
    t.live.follow(42, { state: 'viewing' })
    t.live.follow(42, { state: 'editing', field: 'title' })
    t.live.follow(7, { state: 'viewing' })
    t.live.unfollow(7)
    t.live.unfollow(7)
    expect(t.last.sent).toEqual([
      { type: 'follow', postId: 42, state: 'viewing' },
      { type: 'follow', postId: 42, state: 'editing', field: 'title' },
      { type: 'follow', postId: 7, state: 'viewing' },
      { type: 'unfollow', postId: 7 },
    ])
    t.last.closes(4408)
    await flush()
    t.last.welcomes(5, 'replayed')
    expect(t.last.sent).toEqual([{ type: 'follow', postId: 42, state: 'editing', field: 'title' }, { type: 'ping' }])
  })
})
