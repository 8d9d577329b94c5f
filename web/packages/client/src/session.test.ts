import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApi, unwrap } from './api.ts'
import { ApiError } from './problem.ts'
import { Session } from './session.ts'
import { type StoredToken, webStorageTokens } from './tokens.ts'

const baseUrl = location.origin
const session = new Session({ baseUrl })
const api = createApi(session)

const user = { id: 3, email: 'ana@example.com', name: 'Ana', role: 'editor' as const }
let refreshes = 0
let grant = () => HttpResponse.json({ accessToken: `token-${refreshes}`, expiresIn: 900, user })
let accepted = (token: string) => token.length > 0

const server = setupServer(
  http.post('*/api/auth/login', () => grant()),
  http.post('*/api/auth/logout', () => new HttpResponse(null, { status: 204 })),
  http.post('*/api/auth/refresh', () => {
    refreshes += 1
    return grant()
  }),
  http.get('*/api/auth/me', ({ request }) => {
    const token = request.headers.get('Authorization')?.replace('Bearer ', '') ?? ''
    return accepted(token) ? HttpResponse.json(user) : HttpResponse.json({ title: 'Sign in.' }, { status: 401 })
  }),
)

const granted = grant
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(async () => {
  grant = granted
  accepted = (token) => token.length > 0
  await session.logout()
  refreshes = 0
})
afterAll(() => server.close())

const refuse = () => HttpResponse.json({ title: 'Sign in again.', status: 401 }, { status: 401 })
const me = () => unwrap(api.GET('/api/auth/me'))

describe('a session', () => {
  it('signs in, and out', async () => {
    await session.login('ana@example.com', 'secret')
    expect(session.get()).toMatchObject({ status: 'signed-in', user })
    expect(session.token()).toBe('token-0')
    await session.logout()
    expect(session.get()).toEqual({ status: 'signed-out', lapsed: null })
    expect(session.token()).toBeNull()
  })

  it('rejects with the reason of a refused sign-in', async () => {
    grant = () => HttpResponse.json({ title: 'Too many tries' }, { status: 429, headers: { 'Retry-After': '30' } })
    const failure = await session.login('ana@example.com', 'x').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ApiError)
    expect(failure).toMatchObject({ status: 429, retryAfter: 30, message: 'Too many tries' })
  })

  it('keeps its user when the server refuses to renew it', async () => {
    await session.login('ana@example.com', 'secret')
    grant = refuse
    expect(await session.refresh()).toBe(false)
    expect(session.get()).toEqual({ status: 'signed-out', lapsed: user })
    expect(await session.usable('valid', null)).toBeNull()
  })

  it('stays signed in when the server cannot be reached', async () => {
    await session.login('ana@example.com', 'secret')
    grant = () => HttpResponse.error()
    await expect(session.refresh()).rejects.toThrow()
    expect(session.get().status).toBe('signed-in')
  })

  it('is the same one in another tab', async () => {
    const tab = new Session({ baseUrl })
    const signedIn = new Promise<void>((resolve) => tab.subscribe(resolve))
    await session.login('ana@example.com', 'secret')
    await signedIn
    expect(tab.token()).toBe('token-0')
    const left = new Promise<void>((resolve) => tab.subscribe(resolve))
    await session.logout()
    await left
    expect(tab.get().status).toBe('signed-out')
  })
})

describe('a token', () => {
  it('is renewed once for calls that fail together, and each is sent again', async () => {
    await session.login('ana@example.com', 'secret')
    accepted = (token) => token === 'token-1'
    expect(await Promise.all([me(), me(), me()])).toEqual([user, user, user])
    expect(refreshes).toBe(1)
  })

  it('that is refused and cannot be renewed gives the 401', async () => {
    await session.login('ana@example.com', 'secret')
    accepted = () => false
    grant = refuse
    await expect(me()).rejects.toMatchObject({ status: 401 })
  })

  it('is used as it is when valid, checked when unsure, and renewed when expired', async () => {
    await session.login('ana@example.com', 'secret')
    expect(await session.usable('valid', 'token-0')).toBe('token-0')
    expect(await session.usable('unsure', 'token-0')).toBe('token-0')
    expect(refreshes).toBe(0)
    accepted = () => false
    expect(await session.usable('unsure', 'token-0')).toBe('token-1')
    expect(await session.usable('expired', 'token-1')).toBe('token-2')
  })

  it('that another tab renewed meanwhile is not renewed again', async () => {
    await session.login('ana@example.com', 'secret')
    await session.refresh()
    expect(await session.usable('expired', 'token-0')).toBe('token-1')
    expect(refreshes).toBe(1)
  })

  it('that has expired is renewed before it is used', async () => {
    grant = () => HttpResponse.json({ accessToken: `short-${refreshes}`, expiresIn: 3, user })
    await session.login('ana@example.com', 'secret')
    expect(await session.usable('valid', 'short-0')).toBe('short-1')
  })
})

describe('the options of a session', () => {
  const remote = 'https://blog.example/'

  it('send every request to another origin, with the credentials mode that was chosen', async () => {
    const requests: Request[] = []
    server.events.on('request:start', ({ request }) => void requests.push(request.clone()))
    const other = new Session({ baseUrl: remote, credentials: 'same-origin' })
    await other.login('ana@example.com', 'secret')
    await unwrap(createApi(other).GET('/api/auth/me'))
    await other.usable('unsure', 'token-0')
    await other.logout()
    other.close()
    server.events.removeAllListeners()
    const calls = requests.map(({ url, credentials }) => `${url} ${credentials}`)
    expect(calls).toEqual(['login', 'me', 'me', 'logout'].map((call) => `https://blog.example/api/auth/${call} same-origin`))
  })

  it('share no token with the session of another server', async () => {
    const other = new Session({ baseUrl: remote })
    await session.login('ana@example.com', 'secret')
    const tab = new Session({ baseUrl })
    const signedIn = new Promise<void>((resolve) => tab.subscribe(resolve))
    await session.refresh()
    await signedIn
    expect(other.get().status).toBe('unknown')
    other.close()
    tab.close()
  })

  it('keep the token where the page wants it', async () => {
    const tokens = webStorageTokens(sessionStorage)
    const before = new Session({ baseUrl: remote, tokens })
    await before.login('ana@example.com', 'secret')
    const after = new Session({ baseUrl: remote, tokens })
    expect(after.get()).toMatchObject({ status: 'signed-in', user })
    expect(await after.usable('valid', null)).toBe('token-0')
    await after.logout()
    expect(tokens.load()).toBeNull()
    before.close()
    after.close()
  })

  it.each(['', 'nonsense', '{}', '{"grant":null,"expiresAt":1}'])('ignore a stored token that cannot be read: %s', (text) => {
    sessionStorage.setItem('wiredesk-token', text)
    const stored: StoredToken | null = webStorageTokens(sessionStorage).load()
    expect(stored).toBeNull()
    sessionStorage.clear()
  })
})
