import { MantineProvider } from '@mantine/core'
import { act, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { lazyPart } from './lazyPart'

const Loaded = ({ name }: { name: string }) => <p>{name} is loaded</p>

const show = (load: () => Promise<typeof Loaded>) => {
  const Part = lazyPart(load, ({ name }) => <p>{name}…</p>)
  return render(
    <MantineProvider env="test">
      <p>The rest of the page</p>
      <Part name="Part" />
    </MantineProvider>,
  )
}

test('shows the part when its code is there', async () => {
  show(async () => Loaded)
  expect(screen.getByText('Part…')).toBeVisible()
  expect(await screen.findByText('Part is loaded')).toBeVisible()
})

test('a failed load leaves the page alone and is repeated when the network is back', async () => {
  const load = vi.fn<() => Promise<typeof Loaded>>().mockRejectedValueOnce(new TypeError('offline')).mockResolvedValue(Loaded)
  show(load)
  expect(await screen.findByText('Couldn’t load this part of the page.')).toBeVisible()
  expect(screen.getByText('The rest of the page')).toBeVisible()
  act(() => void window.dispatchEvent(new Event('online')))
  expect(await screen.findByText('Part is loaded')).toBeVisible()
  expect(load).toHaveBeenCalledTimes(2)
})

test('a failed load is repeated on request', async () => {
  const load = vi.fn<() => Promise<typeof Loaded>>().mockRejectedValueOnce(new TypeError('offline')).mockResolvedValue(Loaded)
  show(load)
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('Part is loaded')).toBeVisible()
})
