import { MantineProvider } from '@mantine/core'
import { Notifications, notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import type { ReactNode } from 'react'
import { MemoryRouter } from 'react-router'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import type { BlogEvent, Me } from '@wiredesk/client'
import { useReady } from '@wiredesk/react'
import { session } from '../api/session'
import { fakeServer, type FakeStream, fakeStreams, FakeWebSocket } from '../../packages/client/testing/fakeServer'
import { LiveProvider } from '../live/LiveProvider'
import type { Patch } from '../live/patch'
import { me } from './fixtures'

/** Renders Markdown as one paragraph of text. */
const renderedParagraph = http.post('*/api/render', async ({ request }) => {
  const { content } = (await request.json()) as { content: string }
  const paragraph = document.createElement('p')
  paragraph.textContent = content
  return HttpResponse.json({ html: paragraph.outerHTML })
})

/** The API of a test: a test defines the answers; any other call but these two fails it. */
export const server = setupServer(
  renderedParagraph,
  http.post('*/api/auth/logout', () => new HttpResponse(null, { status: 204 })),
)

/** Listens from the first test of a file to its last. */
export function listen(): void {
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
  afterEach(async () => {
    await session.logout()
    localStorage.clear()
    notifications.clean()
    server.resetHandlers()
  })
  afterAll(() => server.close())
}

/** A refusal of the server. */
export const problem = (status: number, detail: string, more: object = {}, headers: Record<string, string> = {}) =>
  HttpResponse.json({ type: 'about:blank', title: detail, status, detail, requestId: 'r', ...more }, { status, headers })

type Options = { path: string; routes: ReactNode; patches: readonly Patch[]; role?: Me['role']; cursor?: number }

/** Signs in and opens a page, connected to a live stream that the test controls. */
export async function openPage({ path, routes, patches, role = 'editor', cursor = 10 }: Options) {
  server.use(...accounts(role))
  await session.login(me.email, 'secret')
  const sockets = fakeServer()
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const view = render(
    <MantineProvider env="test">
      <Notifications />
      <MemoryRouter initialEntries={[path]}>
        <QueryClientProvider client={cache}>
          <LiveProvider patches={patches}>
            <WhenReady>{routes}</WhenReady>
          </LiveProvider>
        </QueryClientProvider>
      </MemoryRouter>
    </MantineProvider>,
  )
  const socket = () => {
    const last: FakeWebSocket | undefined = sockets.at(-1)
    if (!last) throw new Error('the page did not connect')
    return last
  }
  await waitFor(() => expect(sockets).toHaveLength(1))
  await act(async () => socket().welcomes(cursor))
  return {
    ...view,
    /** The frames that the page has sent. */
    sent: () => socket().sent,
    /** Closes the socket, refuses every other one, and has a fake server answer the page's requests. */
    blockSockets: (head: number): FakeStream[] => {
      const streams = fakeStreams(() => Promise.resolve(head))
      vi.stubGlobal('WebSocket', RefusedWebSocket)
      socket().closes(1006)
      return streams
    },
    deliver: (frame: object) => act(async () => socket().deliver(frame)),
    deliverEvent: (event: BlogEvent) => act(async () => socket().deliver(event)),
  }
}

/** Fails as behind a proxy that refuses upgrades. */
class RefusedWebSocket extends FakeWebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols)
    queueMicrotask(() => this.closes(1006))
  }
}

/** Clicks the button with this name, once it is on the page. */
export const press = async (name: string | RegExp) => userEvent.click(await screen.findByRole('button', { name }))

/** Like the shell, renders the page when its position in the stream is known. */
function WhenReady({ children }: { children: ReactNode }) {
  return useReady() && children
}

const accounts = (role: Me['role']) => [
  http.post('*/api/auth/login', () => HttpResponse.json({ accessToken: 't', expiresIn: 900, user: { ...me, role } })),
  http.post('*/api/auth/logout', () => new HttpResponse(null, { status: 204 })),
  http.get('*/api/auth/me', () => HttpResponse.json({ ...me, role })),
  http.post('*/api/auth/refresh', () => problem(401, 'No session.')),
]
