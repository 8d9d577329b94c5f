import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { session } from '../../../api/session'
import { listen, press, server } from '../../../testing/page'
import { aPost, at, deleted, me, mia, published } from '../../../testing/fixtures'
import { clearStorage, content, has, open, retitle, saves, title, undo, v1 } from './testEditor'

clearStorage()
listen()

const own = { updatedBy: mia }

test('a double click publishes once and does not unpublish', async () => {
  const live = saves({ ...own, published: true, liveVersion: 2 })
  const sent = has(v1, live)
  await open()
  await userEvent.dblClick(await screen.findByRole('button', { name: 'Publish' }))
  expect(await screen.findByRole('button', { name: 'Published' })).toBeDisabled()
  await userEvent.dblClick(screen.getByRole('button', { name: 'Published' }))
  expect(sent).toMatchObject([{ call: 'PUT /1/publish', body: { published: true, version: 1 } }])
})

test('publishing saves first', async () => {
  const sent = has(v1, saves({ ...own, title: 'Mine' }), saves({ ...own, title: 'Mine', version: 3, published: true, liveVersion: 3 }))
  await open()
  await retitle('Mine')
  await press('Publish')
  expect(await screen.findByRole('button', { name: 'Published' })).toBeVisible()
  expect(sent.map(({ body }) => body)).toEqual([{ title: 'Mine' }, { published: true, version: 2 }])
})

const livePost = aPost({ ...v1, published: true, liveVersion: 1, publishedAt: at(0) })

test('unpublishing asks, sends no text, and can be undone', async () => {
  const sent = has(livePost, saves({ ...own, published: false }), saves({ ...own, version: 3, published: true, liveVersion: 3 }))
  await open()
  await userEvent.type(await content(), ' HALF-FINISHED SECRET')
  await press('More actions')
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Unpublish…' }))
  const dialog = await screen.findByRole('dialog')
  expect(sent).toEqual([])
  await userEvent.click(within(dialog).getByRole('button', { name: 'Unpublish' }))
  await undo(/was unpublished/)
  await waitFor(() => expect(sent.map(({ body }) => body)).toEqual([{ published: false }, { published: true, version: 2 }]))
  expect((await content()).value).toContain('HALF-FINISHED SECRET')
})

test('unpublished changes are counted and compared with the published text', async () => {
  has(aPost({ ...livePost, version: 3, title: 'New', content: 'ONE\ntwo\nTHREE' }))
  const live = { ...published(2, livePost), data: livePost }
  server.use(http.get('*/api/posts/1/history', () => HttpResponse.json({ items: [live], next: null })))
  await open()
  await press('3 unpublished changes')
  const dialog = await screen.findByRole('dialog')
  expect(await within(dialog).findByRole('region', { name: 'Title' })).toBeVisible()
  expect(screen.getByRole('button', { name: 'Publish changes', hidden: true })).toBeEnabled()
})

test("a colleague's unpublishing is shown in the editor of the post", async () => {
  has(livePost)
  const { deliverEvent } = await open()
  await retitle('Urgent')
  await deliverEvent(published(11, aPost({ ...livePost, version: 2, published: false, liveVersion: null })))
  expect(await screen.findByText(/Ana unpublished this post at .* Readers can no longer see it/)).toBeVisible()
  expect(await title()).toHaveValue('Urgent')
})

test('a post deleted by another keeps my text and can be restored', async () => {
  has(v1)
  server.use(http.post('*/api/posts/1/restore', () => HttpResponse.json(aPost({ ...v1, version: 3 }))))
  const { deliverEvent } = await open()
  await retitle('Mine')
  await deliverEvent(deleted(11, aPost({ ...v1, version: 2 })))
  expect(await screen.findByText(/Ana deleted this post/)).toBeVisible()
  expect(screen.getByText('Not saved: this post was deleted')).toBeVisible()
  await press('Restore post')
  await waitFor(() => expect(screen.queryByText(/deleted/)).toBeNull())
  expect(await title()).toHaveValue('Mine')
  expect(screen.getByText('Unsaved changes')).toBeVisible()
})

test('the form stays after the loss of the editor role, read-only until the role is back', async () => {
  has(v1)
  await open()
  await retitle('Mine')
  const role = (name: string) =>
    server.use(http.post('*/api/auth/refresh', () => HttpResponse.json({ accessToken: name, expiresIn: 900, user: { ...me, role: name } })))
  role('viewer')
  await act(() => session.refresh().then(() => undefined))
  expect(await screen.findByText(/role changed to read-only access/)).toBeVisible()
  expect(await title()).toHaveValue('Mine')
  expect(await title()).toHaveAttribute('readonly')
  expect(screen.getByRole('button', { name: 'Copy my text' })).toBeVisible()
  role('editor')
  await act(() => session.refresh().then(() => undefined))
  await waitFor(() => expect(screen.queryByText(/read-only access/)).toBeNull())
  await userEvent.type(await title(), '!')
  expect(await title()).toHaveValue('Mine!')
})
