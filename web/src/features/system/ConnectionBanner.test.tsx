import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { listen, openPage } from '../../testing/page'
import { ConnectionBadge } from './ConnectionBadge'
import { ConnectionBanner, describeLimit } from './ConnectionBanner'

listen()

describe('describeLimit', () => {
  it.each([
    ['a socket', { state: 'live', transport: 'socket', isDelayed: false }, null],
    ['a stream', { state: 'live', transport: 'stream', isDelayed: false }, /can’t see which post you have open/],
    ['a stream that resumes', { state: 'catching-up', transport: 'stream', isDelayed: false }, /fallback connection/],
    ['a stream that was cut', { state: 'offline', transport: 'stream', isDelayed: false }, null],
    ['a stream that is held back', { state: 'offline', transport: 'stream', isDelayed: true }, /are delayed/],
  ] as const)('of %s', (_, status, message) => {
    if (message === null) expect(describeLimit(status)).toBeNull()
    else expect(describeLimit(status)).toMatch(message)
  })
})

it('is shown while WebSockets are blocked, until it is closed', async () => {
  const page = await openPage({ path: '/', patches: [], routes: [<ConnectionBadge key="badge" />, <ConnectionBanner key="banner" />] })
  expect(screen.getByText('Live')).toBeVisible()
  const streams = page.blockSockets(10)
  await waitFor(() => expect(streams).toHaveLength(1))
  streams[0]?.welcomes(10)
  expect(await screen.findByText('Live (fallback)')).toBeVisible()
  expect(screen.getByText(/Other users can’t see/)).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Close' }))
  expect(screen.queryByText(/Other users can’t see/)).toBeNull()
})
