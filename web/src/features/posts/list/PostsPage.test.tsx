import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http } from 'msw'
import { expect, test } from 'vitest'
import { listen, problem, server } from '../../../testing/page'
import { aSummary, at, changed, created, deleted, published } from '../../../testing/fixtures'
import { lists, one, open, shows, titles, two } from './testList'

listen()

test('shows title, status, category and the last change', async () => {
  lists([two, one])
  await open()
  const [, row] = await screen.findAllByRole('row')
  expect(row).toHaveTextContent('Two')
  expect(row).toHaveTextContent('Published')
  expect(row).toHaveTextContent('News')
  expect(row).toHaveTextContent('Mia created')
})

test('a live change shows its author, its fields and the new order', async () => {
  lists([two, one])
  const { deliverEvent } = await open()
  await shows('Two', 'One')
  await deliverEvent(changed(11, { ...one, version: 2, title: 'One more' }, 'title'))
  await shows('One more', 'Two')
  const [, row] = screen.getAllByRole('row')
  expect(row).toHaveTextContent('Ana edited title')
  expect(row).toHaveAttribute('data-changed')
})

test('created, changed and deleted posts update a filtered list live', async () => {
  lists([one])
  const { deliverEvent } = await open('/?status=draft')
  await shows('One')
  await deliverEvent(created(11, aSummary({ id: 3, title: 'Three' })))
  await shows('Three', 'One')
  await deliverEvent(published(12, { ...one, version: 2, published: true }))
  await shows('Three')
  await deliverEvent(deleted(13, aSummary({ id: 3, version: 2 })))
  expect(await screen.findByText('No posts found')).toBeVisible()
})

test('rows do not move under the pointer; new ones wait behind a button', async () => {
  lists([two, one])
  const { deliverEvent } = await open()
  await shows('Two', 'One')
  await userEvent.hover(screen.getByRole('link', { name: 'One' }))
  await deliverEvent(created(11, aSummary({ id: 3, title: 'Three' })))
  await deliverEvent(changed(12, { ...one, version: 2, title: 'One more' }, 'title'))
  await deliverEvent(deleted(13, { ...two, version: 2 }))
  await shows('Two', 'One more')
  expect(screen.getByText('Deleted by Ana')).toBeVisible()
  expect(screen.queryByRole('link', { name: 'Two' })).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: '1 new post' }))
  await shows('One more', 'Three')
})

test('rows do not move while a menu is open', async () => {
  lists([two, one])
  const { deliverEvent } = await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Actions for One' }))
  await userEvent.hover(await screen.findByRole('menuitem', { name: 'Publish' }))
  await deliverEvent(created(11, aSummary({ id: 3, title: 'Three' })))
  expect(await screen.findByRole('button', { name: '1 new post', hidden: true })).toBeInTheDocument()
  expect(titles()).toEqual(['Two', 'One'])
})

test('dates are those of the post; its import is not its creation', async () => {
  const old = { createdAt: '2019-03-12T14:03:00.000Z', publishedAt: '2019-03-12T14:03:00.000Z', updatedAt: at(0) }
  lists([aSummary({ id: 1, title: 'Old', published: true, liveVersion: 1, ...old }), aSummary({ id: 2, title: 'Draft', authorName: 'Ben' })])
  await open()
  const [, row, draft] = await screen.findAllByRole('row')
  expect(row).toHaveTextContent('12 Mar 2019')
  expect(row).toHaveTextContent('Mia imported')
  expect(draft).toHaveTextContent('Ben')
  await userEvent.click(screen.getByRole('button', { name: 'Actions for Old' }))
  expect(await screen.findByText(/First published 12 Mar 2019, \d\d:03/)).toBeVisible()
})

test('a post with unpublished changes is marked', async () => {
  lists([aSummary({ id: 1, published: true, liveVersion: 2, version: 4 })])
  await open()
  expect(await screen.findByText('unpublished changes')).toBeVisible()
})

test('each text has its own direction', async () => {
  lists([aSummary({ id: 1, title: 'مرحبا', description: 'Hello in Arabic' })])
  await open()
  expect(await screen.findByRole('link', { name: 'مرحبا' })).toHaveAttribute('dir', 'auto')
  expect(screen.getByText('Hello in Arabic')).toHaveAttribute('dir', 'auto')
})

test('loads more by the cursor', async () => {
  const asked = lists([two], [one])
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Load more' }))
  await shows('Two', 'One')
  expect(asked.at(-1)?.get('after')).toBe('1')
  expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull()
})

test('an empty blog shows how to add posts', async () => {
  lists([])
  await open()
  expect(await screen.findByRole('link', { name: 'Write the first post' })).toHaveAttribute('href', '/posts/new')
  expect(screen.getByText('wiredesk import DIR')).toBeVisible()
})

test('a viewer sees no way to write', async () => {
  lists([one])
  await open('/', 'viewer')
  await userEvent.click(await screen.findByRole('button', { name: 'Actions for One' }))
  expect(await screen.findByRole('menuitem', { name: 'History' })).toBeVisible()
  expect(screen.queryByRole('menuitem', { name: 'Delete' })).toBeNull()
  expect(screen.queryByRole('link', { name: 'New post' })).toBeNull()
})

test('shows the other users at a post', async () => {
  lists([one])
  const { deliver } = await open()
  await shows('One')
  const someone = { id: 3, name: 'Ana', postId: 1, state: 'editing', field: 'title', since: at(0) }
  await deliver({ type: 'presence', users: [someone, { ...someone, id: 1, name: 'Mia' }] })
  expect(screen.getByRole('img', { name: 'Ana is editing the title' })).toBeVisible()
})

test('a failed read can be tried again', async () => {
  lists([one])
  server.use(http.get('*/api/posts', () => problem(503, 'The database does not answer.')))
  await open()
  expect(await screen.findByText('The database does not answer.')).toBeVisible()
  lists([one])
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await shows('One')
})
