import { MantineProvider } from '@mantine/core'
import { act, fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, expect, test } from 'vitest'
import { allowImageHost, clearImageHosts } from '../../../ui/externalImages'
import { listen } from '../../../testing/page'
import { PostImage } from './PostImage'
import { RenderedHtml } from './RenderedHtml'

listen()
afterEach(() => clearImageHosts(null))

const open = (html: string) => {
  const view = (text: string) => (
    <MantineProvider env="test">
      <RenderedHtml html={text} />
    </MantineProvider>
  )
  const { rerender, container } = render(view(html))
  return { container, change: (next: string) => rerender(view(next)) }
}

const ship = '<img src="https://example.org/ship.png" alt="A ship">'
const pier = '<img src="https://example.org/pier.png" alt="A pier">'

test('the keyboard loads one image, and the focus stays at it', async () => {
  const { container } = open(`<p>${ship} ${pier}</p>`)
  expect(container.querySelector('img')).toBeNull()
  await userEvent.tab()
  expect(screen.getByRole('button', { name: 'Load image: A ship' })).toHaveFocus()
  await userEvent.keyboard('{Enter}')
  const image = screen.getByRole('img', { name: 'A ship' })
  expect(image).toHaveAttribute('src', 'https://example.org/ship.png')
  expect(image).toHaveAttribute('referrerpolicy', 'no-referrer')
  expect(image.parentElement).toHaveFocus()
  expect(screen.queryByRole('img', { name: 'A pier' })).toBeNull()
})

test('an allowed host loads all its images, and those that follow', async () => {
  const { change } = open(`<p>${ship} ${pier} <img src="https://example.net/a.png" alt="Other"></p>`)
  const [always] = screen.getAllByRole('button', { name: 'Always load from this host: example.org' })
  if (always) await userEvent.click(always)
  expect(screen.getAllByRole('img').map((image) => image.getAttribute('alt'))).toEqual(['A ship', 'A pier'])
  change('<p><img src="//example.org/new.png" alt="New"></p>')
  expect(screen.getByRole('img', { name: 'New' })).toBeInTheDocument()
})

test('a loaded image stays the same element while its paragraph changes', () => {
  allowImageHost(null, 'example.org')
  const { change } = open(`<p>One ${ship}</p>`)
  const image = screen.getByRole('img', { name: 'A ship' })
  fireEvent.load(image)
  change(`<p>New</p><p>Two ${ship}</p>`)
  expect(screen.getByRole('img', { name: 'A ship' })).toBe(image)
})

test('an image that cannot be loaded has a reason and can be tried again', async () => {
  open(`<p>${ship}</p>`)
  await userEvent.click(screen.getByRole('button', { name: 'Load image: A ship' }))
  fireEvent.error(screen.getByRole('img', { name: 'A ship' }))
  expect(screen.getByText('Couldn’t load the image from example.org.')).toBeVisible()
  expect(screen.queryByRole('img')).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Try again: A ship' }))
  expect(screen.getByRole('img', { name: 'A ship' })).toBeInTheDocument()
})

test('a placeholder in a link or a summary does not follow or open it', () => {
  open(`<p><a href="https://example.org">${ship}</a></p><details><summary>${pier}</summary><p>a</p></details>`)
  for (const name of ['A ship', 'A pier']) {
    expect(fireEvent.click(screen.getByRole('button', { name: `Load image: ${name}` }))).toBe(false) // prevented
  }
})

test('only the first 500 images of other sites are shown', () => {
  const { container, change } = open(`<p>${pier.repeat(501)}</p>`)
  expect(container.querySelectorAll('[role=group]')).toHaveLength(500)
  expect(container.querySelectorAll('[class*=slot]:empty')).toHaveLength(1)
  change(`<p>${pier.repeat(2)}</p>`)
  expect(container.querySelectorAll('[role=group]')).toHaveLength(2)
})

test('a field’s image: another address is another placeholder, an own image loads at once', () => {
  let setAddress: (src: string) => void = () => undefined
  function Field() {
    const [src, set] = useState('https://example.org/a.png')
    setAddress = set
    return <PostImage src={src} label="Cover image" />
  }
  const { container } = render(
    <MantineProvider env="test">
      <Field />
    </MantineProvider>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Load image: Cover image' }))
  expect(container.querySelector('img')).toHaveAttribute('src', 'https://example.org/a.png')
  act(() => setAddress('https://example.org/b.png'))
  expect(container.querySelector('img')).toBeNull()
  act(() => setAddress('/a.png'))
  expect(container.querySelector('img')).toHaveAttribute('src', '/a.png')
})
