import { fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { listen, server } from '../../../testing/page'
import { aSummary } from '../../../testing/fixtures'
import { lists, one, open, shows, titles, two } from './testList'

listen()

test('the filter is read from the address, and sent', async () => {
  const asked = lists([one])
  await open('/?q=river&status=draft&category=News&tag=go&author=Ana+B&sort=title')
  await shows('One')
  const sent = { q: 'river', status: 'draft', category: 'News', tag: 'go', author: 'Ana B', sort: 'title' }
  expect(Object.fromEntries(asked.at(-1) ?? [])).toMatchObject(sent)
})

test('the names to filter by are read when their select is opened', async () => {
  const asked = lists([one])
  await open()
  await shows('One')
  await userEvent.click(screen.getByRole('combobox', { name: 'Tag' }))
  await userEvent.click(await screen.findByRole('option', { name: /go/ }))
  await waitFor(() => expect(asked.at(-1)?.get('tag')).toBe('go'))
})

test('a search shows a loading state, the number of matches and the marked words', async () => {
  lists([two, one])
  await open()
  await shows('Two', 'One')
  expect(screen.getByText('2 posts')).toBeVisible()
  const found = aSummary({ id: 7, title: 'Café "Rive"', description: 'By the rivér' })
  let answer: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => {
    server.use(
      http.get('*/api/posts', async () => {
        resolve()
        await new Promise<void>((go) => (answer = go))
        return HttpResponse.json({ items: [found], next: null, total: 1, cursor: 10 })
      }),
    )
  })
  fireEvent.change(screen.getByLabelText('Search posts'), { target: { value: '"cafe riv"' } })
  await isAsked
  expect(await screen.findByText('Loading…')).toBeVisible()
  expect(screen.getByRole('table').closest('[aria-busy="true"]')).not.toBeNull()
  expect(titles()).toEqual(['Two', 'One'])
  answer()
  await shows('Café "Rive"')
  expect([...document.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['Café "Riv'])
  expect(screen.getByText('1 post')).toBeVisible()
  expect(screen.getByRole('table').closest('[aria-busy="true"]')).toBeNull()
})

test('a total at the limit is shown as a lower bound', async () => {
  lists([one])
  server.use(http.get('*/api/posts', () => HttpResponse.json({ items: [one], next: 'more', total: 10_000, cursor: 10 })))
  await open()
  expect(await screen.findByText('10,000+ posts')).toBeVisible()
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount', '-1')
})

test('a search waits for a pause, and is cleared with a button', async () => {
  const asked = lists([])
  await open()
  await screen.findByText('No posts yet')
  const before = asked.length
  for (const text of ['r', 'riv', 'river']) fireEvent.change(screen.getByLabelText('Search posts'), { target: { value: text } })
  await userEvent.click((await screen.findAllByRole('button', { name: 'Clear filters' })).at(-1) ?? document.body)
  expect(asked.slice(before).map((params) => params.get('q'))).toEqual(['river'])
  expect(screen.getByLabelText('Search posts')).toHaveValue('')
})

test('single-key shortcuts focus the search and open the help, and can be switched off', async () => {
  lists([one])
  await open()
  await shows('One')
  await userEvent.keyboard('/')
  expect(screen.getByLabelText('Search posts')).toHaveFocus()
  await userEvent.keyboard('?')
  expect(screen.getByLabelText('Search posts')).toHaveValue('?')
  await userEvent.tab()
  await userEvent.keyboard('?')
  await userEvent.click(await screen.findByRole('switch', { name: 'Single-key shortcuts' }))
  await userEvent.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  await userEvent.keyboard('/')
  expect(screen.getByLabelText('Search posts')).not.toHaveFocus()
})
