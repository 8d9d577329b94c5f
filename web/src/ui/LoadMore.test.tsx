import { MantineProvider } from '@mantine/core'
import { render } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { LoadMore } from './LoadMore'

/** Reports each element as visible as soon as it is observed. */
class VisibleObserver {
  readonly #report: (entries: { isIntersecting: boolean }[]) => void
  constructor(report: (entries: { isIntersecting: boolean }[]) => void) {
    this.#report = report
  }
  observe = () => this.#report([{ isIntersecting: true }])
  disconnect = () => undefined
}

afterEach(() => vi.unstubAllGlobals())

test('a button that stays in view loads again after a refetch has cancelled the reading of the next page', () => {
  vi.stubGlobal('IntersectionObserver', VisibleObserver)
  const onLoad = vi.fn()
  const show = (isFetching: boolean) => (
    <MantineProvider env="test">
      <LoadMore isLoading={false} isFetching={isFetching} onLoad={onLoad} />
    </MantineProvider>
  )
  const { rerender } = render(show(false))
  expect(onLoad).toHaveBeenCalledTimes(1)
  rerender(show(true))
  rerender(show(false))
  expect(onLoad).toHaveBeenCalledTimes(2)
})
