import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { listen, press, problem, server } from '../../../testing/page'
import { http } from 'msw'
import { ana, aPost, at, changed, mia } from '../../../testing/fixtures'
import { clearStorage, has, open, retitle, saves, title, v1 } from './testEditor'

clearStorage()
listen()

const own = { updatedBy: mia }

test('leaving with text that autosave does not send asks first', async () => {
  has(v1)
  await open()
  await retitle('Mine')
  await userEvent.click(screen.getByRole('link', { name: 'Elsewhere' }))
  await press('Stay')
  expect(await title()).toHaveValue('Mine')
  const closing = new Event('beforeunload', { cancelable: true })
  window.dispatchEvent(closing)
  expect(closing.defaultPrevented).toBe(true)
  await userEvent.click(screen.getByRole('link', { name: 'Elsewhere' }))
  await press('Leave')
  expect(await screen.findByText('Another page')).toBeVisible()
})

test('leaving with autosave on asks nothing and saves', async () => {
  const sent = has(v1, saves({ ...own, title: 'Mine' }))
  await open('/posts/1', { isAutosaveOn: true })
  await retitle('Mine')
  await userEvent.click(screen.getByRole('link', { name: 'Elsewhere' }))
  expect(await screen.findByText('Another page')).toBeVisible()
  await waitFor(() => expect(sent).toMatchObject([{ body: { title: 'Mine' } }]))
})

test('sends the field with the focus, and shows the fields of others, without moving the text', async () => {
  has(v1)
  const { deliver, sent: frames } = await open()
  await userEvent.click(await title())
  expect(frames().filter(({ type }) => type === 'follow')).toEqual([
    { type: 'follow', postId: 1, state: 'viewing' },
    { type: 'follow', postId: 1, state: 'editing', field: 'title' },
  ])
  await deliver({ type: 'presence', users: [{ ...ana, postId: 1, state: 'editing', field: 'slug', since: at(0) }] })
  expect(await screen.findByText('Ana editing')).toBeVisible()
})

test('a viewer reads, live', async () => {
  has(v1)
  const { deliverEvent } = await open('/posts/1', { role: 'viewer' })
  expect(await screen.findByRole('heading', { name: 'Old' })).toBeVisible()
  expect(screen.queryByRole('textbox')).toBeNull()
  await deliverEvent(changed(11, aPost({ ...v1, version: 2, title: 'New' }), 'title'))
  expect(await screen.findByRole('heading', { name: 'New' })).toBeVisible()
})

test('a post that is not there leads to its history', async () => {
  server.use(http.get('*/api/posts/1', () => problem(404, 'No such post.')))
  await open()
  expect(await screen.findByRole('link', { name: 'history' })).toHaveAttribute('href', '/posts/1/history')
})
