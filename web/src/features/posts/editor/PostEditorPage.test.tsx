import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { session } from '../../../api/session'
import { listen, problem, server } from '../../../testing/desk'
import { ana, aPost, at, changed, created, deleted, me } from '../../../testing/fixtures'
import { content, has, open, press, retitle, saves, title, v1 } from './testEditor'

listen()

test('saves what was touched with Ctrl+S, on its version', async () => {
  const sent = has(v1, saves({ title: 'Mine' }))
  await open()
  await retitle('Mine')
  expect(screen.getByText('Unsaved changes')).toBeVisible()
  await userEvent.keyboard('{Control>}s{/Control}')
  expect(await screen.findByText('Saved')).toBeVisible()
  expect(sent).toEqual([{ body: { title: 'Mine' }, version: '"1"', key: expect.stringMatching(/^[0-9a-f]{32}$/) as string }])
})

test('shows the Markdown as it will look, and counts its bytes', async () => {
  has(v1)
  await open()
  await userEvent.clear(await content())
  await userEvent.type(await content(), '# Größe')
  expect(await within(screen.getByRole('region', { name: 'Preview' })).findByText('# Größe')).toBeVisible()
  expect(screen.getByText('9 of 250,000 bytes')).toBeVisible()
})

test.each([
  ['unreachable', () => HttpResponse.error(), /could not be reached/],
  ['without its database', () => problem(503, 'The database does not answer.', {}, { 'Retry-After': '2' }), /asks to wait 2 s/],
])('a server %s loses no text, and a retry is the same request', async (_, failure, words) => {
  const sent = has(v1, failure, saves({ title: 'Mine' }))
  await open()
  await retitle('Mine')
  await press('Save')
  expect(await screen.findByText(words)).toBeVisible()
  expect(await title()).toHaveValue('Mine')
  await press('Try again')
  expect(await screen.findByText('Saved')).toBeVisible()
  expect(sent[1]).toEqual(sent[0])
})

test('after signing in again the save goes on by itself', async () => {
  const sent = has(v1, () => problem(401, 'The session has ended.'), saves({ title: 'Mine' }))
  await open()
  await retitle('Mine')
  await press('Save')
  expect(await screen.findByText(/your session has ended/)).toBeVisible()
  expect(session.get().status).toBe('signed-out')
  await act(() => session.login(me.email, 'secret'))
  expect(await screen.findByText('Saved')).toBeVisible()
  expect(sent[1]).toEqual(sent[0])
})

test('a refused field says why', async () => {
  has(v1, () => problem(422, 'Not accepted.', { errors: [{ field: 'slug', message: 'This slug is taken.' }] }))
  await open()
  await userEvent.type(await screen.findByLabelText('Slug'), '-2')
  await press('Save')
  expect(await screen.findByText('This slug is taken.')).toBeVisible()
})

test('a post deleted by another keeps my text and can be restored', async () => {
  has(v1)
  server.use(http.post('*/api/posts/1/restore', () => HttpResponse.json(aPost({ ...v1, version: 3 }))))
  const { brings } = await open()
  await retitle('Mine')
  await brings(deleted(11, aPost({ ...v1, version: 2 })))
  expect(await screen.findByText(/Ana deleted this post/)).toBeVisible()
  expect(await title()).toHaveValue('Mine')
  await press('Restore the post')
  await waitFor(() => expect(screen.queryByText(/deleted this post/)).toBeNull())
  expect(await title()).toHaveValue('Mine')
})

test('unsaved text comes back after a crash, and can be discarded', async () => {
  has(v1)
  const { unmount } = await open()
  await retitle('Mine')
  unmount()
  await open()
  expect(await screen.findByText(/Your unsaved changes are back/)).toBeVisible()
  expect(await title()).toHaveValue('Mine')
  await press('Discard them')
  expect(await title()).toHaveValue('Old')
  await waitFor(() => expect(localStorage).toHaveLength(0))
})

test('leaving with unsaved text asks first', async () => {
  has(v1)
  await open()
  await retitle('Mine')
  await userEvent.click(screen.getByRole('link', { name: 'Elsewhere' }))
  await press('Stay')
  expect(await title()).toHaveValue('Mine')
  await userEvent.click(screen.getByRole('link', { name: 'Elsewhere' }))
  await press('Leave')
  expect(await screen.findByText('Another page')).toBeVisible()
  const closing = new Event('beforeunload', { cancelable: true })
  window.dispatchEvent(closing)
  expect(closing.defaultPrevented).toBe(false)
})

test('tells the others what I do, and shows what they do', async () => {
  has(v1)
  const { says, sent: frames } = await open()
  await userEvent.click(await title())
  expect(frames().filter(({ type }) => type === 'follow')).toEqual([
    { type: 'follow', postId: 1, state: 'viewing' },
    { type: 'follow', postId: 1, state: 'editing', field: 'title' },
  ])
  await says({ type: 'presence', users: [{ ...ana, postId: 1, state: 'editing', field: 'slug', since: at(0) }] })
  expect(await screen.findByText('Ana is editing this now')).toBeVisible()
})

test('a new post is created once and then stands under its own address', async () => {
  const sent = has(v1, () => HttpResponse.json(aPost({ title: 'New' }), { status: 201 }))
  const { brings } = await open('/posts/new')
  await retitle('New')
  await press('Save')
  expect(await screen.findByText('Saved')).toBeVisible()
  await brings(created(11, aPost({ title: 'New' })))
  expect(sent).toMatchObject([{ body: { title: 'New', published: false } }])
  expect(localStorage).toHaveLength(0)
})

test('publishing saves first', async () => {
  const sent = has(v1, saves({ title: 'Mine' }), saves({ title: 'Mine', version: 3, published: true }))
  await open()
  await retitle('Mine')
  await press('Save and publish')
  expect(await screen.findByText('Published')).toBeVisible()
  expect(sent.map(({ body }) => body)).toEqual([{ title: 'Mine' }, { published: true }])
})

test('a viewer reads, live', async () => {
  has(v1)
  const { brings } = await open('/posts/1', 'viewer')
  expect(await screen.findByRole('heading', { name: 'Old' })).toBeVisible()
  expect(screen.queryByRole('textbox')).toBeNull()
  await brings(changed(11, aPost({ ...v1, version: 2, title: 'New' }), 'title'))
  expect(await screen.findByRole('heading', { name: 'New' })).toBeVisible()
})

test('a post that is not there leads to its history', async () => {
  server.use(http.get('*/api/posts/1', () => problem(404, 'No such post.')))
  await open()
  expect(await screen.findByRole('link', { name: 'history' })).toHaveAttribute('href', '/posts/1/history')
})
