import { act, render, screen } from '@testing-library/react'
import { type ReactNode, Suspense } from 'react'
import { expect, it, vi } from 'vitest'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { lazyPage, preloadPages, resetFailedPages } from './lazyPage'

const retryButton = (retry: () => void) => <button onClick={retry}>Retry</button>

const open = (page: ReactNode) =>
  act(async () =>
    render(
      <ErrorBoundary onReset={resetFailedPages} fallback={retryButton}>
        <Suspense fallback="Loading…">{page}</Suspense>
      </ErrorBoundary>,
    ),
  )

it('loads a page again after a failure and a retry', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const load = vi.fn(async () => () => <h1>Activity</h1>)
  load.mockRejectedValueOnce(new TypeError('Failed to fetch dynamically imported module'))
  const Page = lazyPage(load)
  await open(<Page />)
  const retry = screen.getByRole('button', { name: 'Retry' })
  expect(load).toHaveBeenCalledTimes(1)
  await act(async () => retry.click())
  expect(screen.getByRole('heading', { name: 'Activity' })).toBeVisible()
})

it('loads each page once, ahead of its first visit', async () => {
  const load = vi.fn(async () => () => <h1>Users</h1>)
  const Page = lazyPage(load)
  await preloadPages()
  await open(<Page />)
  expect(screen.getByRole('heading', { name: 'Users' })).toBeVisible()
  expect(load).toHaveBeenCalledTimes(1)
})
