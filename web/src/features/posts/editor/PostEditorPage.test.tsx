import { act, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, test, vi } from 'vitest'
import { session } from '../../../api/session'
import { listen, press, problem, server } from '../../../testing/page'
import { aPost, created, me, mia } from '../../../testing/fixtures'
import { clearStorage, content, has, open, retitle, saves, title, v1 } from './testEditor'

clearStorage()
listen()

const own = { updatedBy: mia }

test('Ctrl+S saves the edited fields, based on their version, without publishing them', async () => {
  const sent = has(v1, saves({ ...own, title: 'Mine' }))
  await open()
  await retitle('Mine')
  expect(screen.getByText('Unsaved changes')).toBeVisible()
  await userEvent.keyboard('{Control>}s{/Control}')
  expect(await screen.findByText(/^Saved \d\d:\d\d$/)).toBeVisible()
  expect(sent).toEqual([
    {
      call: 'PATCH /1',
      body: { title: 'Mine' },
      version: '"1"',
      key: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      query: { publish: 'false', autosave: 'false' },
    },
  ])
})

test('saves after a pause in typing', async () => {
  const sent = has(v1, saves({ ...own, title: 'Mine' }))
  await open('/posts/1', { isAutosaveOn: true })
  await retitle('Mine')
  expect(await screen.findByText(/^Saved \d\d:\d\d$/)).toBeVisible()
  expect(sent).toMatchObject([{ body: { title: 'Mine' }, query: { autosave: 'true' } }])
})

test('a failed save shows its reason and keeps the text, and a retry is the same request', async () => {
  const away = () => problem(503, 'The database does not answer.', {}, { 'Retry-After': '600' })
  const sent = has(v1, away, saves({ ...own, title: 'Mine' }))
  await open()
  await retitle('Mine')
  await press('Save')
  expect(await screen.findByText('Not saved: The database does not answer')).toBeVisible()
  expect(await title()).toHaveValue('Mine')
  await press('Retry')
  expect(await screen.findByText(/^Saved/)).toBeVisible()
  expect(sent[1]).toEqual(sent[0])
})

test('a save that did not reach the server is repeated', async () => {
  const sent = has(v1, () => HttpResponse.error(), saves({ ...own, title: 'Mine' }))
  await open()
  await retitle('Mine')
  await press('Save')
  expect(await screen.findByText(/^Saved/)).toBeVisible()
  expect(sent).toHaveLength(2)
  expect(sent[1]).toEqual(sent[0])
})

test('a failed save is repeated when the connection is back', async () => {
  const sent = has(v1, () => problem(503, 'Away.', {}, { 'Retry-After': '600' }), saves({ ...own, title: 'Mine' }))
  await open()
  await retitle('Mine')
  await press('Save')
  expect(await screen.findByText(/Not saved/)).toBeVisible()
  act(() => void window.dispatchEvent(new Event('online')))
  expect(await screen.findByText(/^Saved/)).toBeVisible()
  expect(sent[1]).toEqual(sent[0])
})

test('a save without an answer is given up after 20 seconds', async () => {
  has(v1)
  server.use(http.patch('*/api/posts/1', () => new Promise(() => undefined)))
  await open()
  await retitle('Mine')
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await act(async () => {
    screen.getByRole('button', { name: 'Save' }).click()
    await vi.advanceTimersByTimeAsync(20_100)
  })
  vi.useRealTimers()
  expect(await screen.findByText('Not saved: the server did not respond within 20 seconds')).toBeVisible()
  expect(await title()).toHaveValue('Mine')
})

test('a save is repeated after a new sign-in', async () => {
  const sent = has(v1, () => problem(401, 'The session has ended.'), saves({ ...own, title: 'Mine' }))
  await open()
  await retitle('Mine')
  await press('Save')
  expect(await screen.findByText(/your session has ended/)).toBeVisible()
  expect(session.get().status).toBe('signed-out')
  await act(() => session.login(me.email, 'secret'))
  expect(await screen.findByText(/^Saved/)).toBeVisible()
  expect(sent[1]).toEqual(sent[0])
})

test('a refused save shows its reason in the state line and at the field, with the focus on it', async () => {
  has(v1, () => problem(422, 'Some fields are not valid.', { errors: [{ field: 'slug', message: 'This slug is already used.' }] }))
  await open()
  await userEvent.type(await screen.findByLabelText('Slug'), '-2')
  await userEvent.click(await title())
  await press('Save')
  expect(await screen.findByText('Not saved: Slug: This slug is already used')).toBeVisible()
  expect(screen.getByText('This slug is already used.')).toBeVisible()
  expect(screen.getByLabelText('Slug')).toHaveFocus()
  await userEvent.type(screen.getByLabelText('Slug'), '3')
  expect(screen.queryByText('This slug is already used.')).toBeNull()
})

test('the title is trimmed on blur, and not by a save while typing', async () => {
  const sent = has(v1, saves({ ...own, title: 'Hello' }), saves({ ...own, version: 3, title: 'Hello world' }))
  await open()
  await userEvent.clear(await title())
  await userEvent.type(await title(), 'Hello ')
  await userEvent.keyboard('{Control>}s{/Control}')
  expect(await screen.findByText(/^Saved/)).toBeVisible()
  await userEvent.type(await title(), 'world ', { skipClick: true })
  expect(await title()).toHaveValue('Hello world ')
  await userEvent.tab()
  expect(await title()).toHaveValue('Hello world')
  await press('Save')
  await waitFor(() => expect(sent[1]).toMatchObject({ body: { title: 'Hello world' } }))
})

test('the first save keeps the same editor, the focus and every key', async () => {
  let answer: (response: Response) => void = () => undefined
  const sent = has(v1, saves({ ...own, title: 'New', content: 'text and more' }))
  server.use(http.post('*/api/posts', () => new Promise<Response>((resolve) => (answer = resolve))))
  await open('/posts/new')
  expect(await title()).toHaveFocus()
  await userEvent.type(await title(), 'New{Enter}')
  const text = await content()
  expect(text).toHaveFocus()
  await userEvent.type(text, 'text')
  await userEvent.keyboard('{Control>}s{/Control}')
  await userEvent.type(text, ' and', { skipClick: true })
  await waitFor(() => expect(answer.length).toBe(1))
  await act(async () => answer(HttpResponse.json(aPost({ title: 'New', content: 'text' }), { status: 201 })))
  await waitFor(() => expect(screen.getByRole('heading', { name: 'Edit post' })).toBeInTheDocument())
  await userEvent.type(text, ' more', { skipClick: true })
  expect(await content()).toBe(text)
  expect(text).toHaveFocus()
  expect(text).toHaveValue('text and more')
  await press('Save')
  await waitFor(() => expect(sent).toMatchObject([{ call: 'PATCH /1', body: { content: 'text and more' }, version: '"1"' }]))
})

test('a new post is created once, as a draft of the signed-in user', async () => {
  const sent = has(v1, () => HttpResponse.json(aPost({ title: 'New', authorName: 'Mia' }), { status: 201 }))
  const { deliverEvent } = await open('/posts/new')
  expect(await screen.findByText('New draft')).toBeVisible()
  await userEvent.type(await content(), 'text')
  expect(await screen.findByText('Add a title to save')).toBeVisible()
  await userEvent.type(await title(), 'New')
  await press('Save')
  expect(await screen.findByText(/^Saved/)).toBeVisible()
  await deliverEvent(created(11, aPost({ title: 'New', authorName: 'Mia' })))
  expect(sent).toMatchObject([{ call: 'POST ', body: { title: 'New', authorName: 'Mia', published: false } }])
})
