import { Session } from '@wiredesk/client'
import { render, screen } from '@testing-library/react'
import { http, HttpResponse, ws } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { BlogProvider } from './BlogProvider.tsx'
import { useBlog } from './useBlog.ts'

const session = new Session({ baseUrl: location.origin })

const person = { id: 3, name: 'Ana' }
const user = { id: 3, email: 'ana@example.com', name: 'Ana', role: 'editor' }
const summary = (version: number, title: string) => ({
  id: 42,
  slug: 'hello',
  title,
  description: '',
  category: '',
  tags: [],
  readTime: 1,
  authorName: '',
  authorPosition: '',
  authorImage: '',
  blogImage: '',
  published: false,
  publishedAt: null,
  version,
  createdAt: '2026-11-23T10:00:00Z',
  updatedAt: `2026-11-23T10:00:0${version}Z`,
  createdBy: person,
  updatedBy: person,
})

const stream = ws.link('ws://localhost:3000/ws')
const server = setupServer(
  http.post('*/api/auth/login', () => HttpResponse.json({ accessToken: 't', expiresIn: 900, user })),
  http.post('*/api/auth/logout', () => new HttpResponse(null, { status: 204 })),
  http.get('*/api/posts', () => HttpResponse.json({ items: [summary(1, 'Hello')], next: null, cursor: 7 })),
  stream.addEventListener('connection', ({ client }) => {
    const resume = client.url.searchParams.has('cursor') ? 'replayed' : 'nothing'
    client.send(JSON.stringify({ type: 'welcome', connection: 'c', cursor: 7, epoch: 'e1', resume, user, expiresAt: '' }))
    client.addEventListener('message', () => client.send(JSON.stringify({ type: 'pong' })))
  }),
)

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => session.logout())
afterAll(() => server.close())

function Front() {
  const { isWebSocketConnected, posts } = useBlog()
  return (
    <>
      <p>{isWebSocketConnected ? 'live' : 'late'}</p>
      {posts.map((post) => (
        <h1 key={post.id}>{post.title}</h1>
      ))}
    </>
  )
}

it('shows the posts to an embedding page, and each change as it happens', async () => {
  await session.login('ana@example.com', 'secret')
  render(
    <BlogProvider session={session}>
      <Front />
    </BlogProvider>,
  )
  expect(await screen.findByText('live')).toBeVisible()
  expect(await screen.findByRole('heading', { name: 'Hello' })).toBeVisible()
  stream.broadcast(
    JSON.stringify({
      type: 'blog-updated',
      seq: 8,
      id: 'e',
      time: '2026-11-23T10:00:02Z',
      actor: person,
      changed: ['title'],
      data: summary(2, 'Hello again'),
    }),
  )
  expect(await screen.findByRole('heading', { name: 'Hello again' })).toBeVisible()
  expect(screen.getAllByRole('heading')).toHaveLength(1)
})

it('repeats a failed read once the connection is back', async () => {
  let isRefused = true
  const refusal = { title: 'Not now', status: 403 }
  server.use(
    http.get('*/api/posts', () => (isRefused ? HttpResponse.json(refusal, { status: 403 }) : undefined)),
  )
  await session.login('ana@example.com', 'secret')
  render(
    <BlogProvider session={session}>
      <Front />
    </BlogProvider>,
  )
  expect(await screen.findByText('live')).toBeVisible()
  isRefused = false
  for (const client of stream.clients) client.close(4408, 'too slow')
  expect(await screen.findByRole('heading', { name: 'Hello' })).toBeVisible()
})
