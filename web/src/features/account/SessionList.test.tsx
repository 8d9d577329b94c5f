import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import { listen, server } from '../../testing/page'
import { SessionList } from './SessionList'

listen()

const at = '2026-11-26T10:00:00Z'
const sessionNamed = (id: string, current: boolean) => ({ id, current, createdAt: at, lastUsedAt: at, expiresAt: at, userAgent: 'curl/8.9' })

it('signs out all other sessions with one request', async () => {
  let sessions = [sessionNamed('a', true), sessionNamed('b', false)]
  let requests = 0
  server.use(
    http.get('*/api/auth/sessions', () => HttpResponse.json({ items: sessions })),
    http.delete('*/api/auth/sessions', () => {
      requests += 1
      sessions = sessions.filter(({ current }) => current)
      return new HttpResponse(null, { status: 204 })
    }),
  )
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <SessionList />
      </QueryClientProvider>
    </MantineProvider>,
  )
  const button = await screen.findByRole('button', { name: 'Sign out all other sessions' })
  await userEvent.click(button)
  await waitFor(() => expect(button).not.toBeInTheDocument())
  expect(requests).toBe(1)
  expect(screen.getByText('curl/8.9 (this device)')).toBeInTheDocument()
})
