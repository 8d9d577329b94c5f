import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { describe, expect, test } from 'vitest'
import type { ListedPost } from '@wiredesk/client'
import { listen, problem, server } from '../../../testing/page'
import { ana, aPost, aSummary, at, created, deleted } from '../../../testing/fixtures'
import { lists, one, open, shows, two } from './testList'

listen()

const publishing = (answer: (body: unknown) => Response | Promise<Response>) =>
  server.use(http.put('*/api/posts/1/publish', async ({ request }) => answer(await request.json())))
const choose = async (title: string, action: string) => {
  await userEvent.click(await screen.findByRole('button', { name: `Actions for ${title}` }))
  await userEvent.click(await screen.findByRole('menuitem', { name: action }))
}

test('a deletion can be undone', async () => {
  lists([two, one])
  const restored: unknown[] = []
  server.use(
    http.delete('*/api/posts/1', ({ request }) =>
      request.headers.get('If-Match') === '"1"' ? new HttpResponse(null, { status: 204 }) : problem(400, 'No version.'),
    ),
    http.post('*/api/posts/1/restore', async ({ request }) => {
      restored.push(await request.json())
      return HttpResponse.json(aPost({ ...one, version: 3, updatedAt: at(5) }))
    }),
  )
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Actions for One' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Delete' }))
  await shows('Two')
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }))
  await shows('One', 'Two')
  expect(restored).toEqual([{ version: 1 }])
})

test('a post that changed meanwhile is not deleted', async () => {
  lists([one])
  const current = aPost({ ...one, version: 2, title: 'Newer', updatedBy: { id: 3, name: 'Ana' } })
  server.use(http.delete('*/api/posts/1', () => problem(412, 'It was changed.', { current, conflicts: [] })))
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Actions for One' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Delete' }))
  expect(await screen.findByText(/Ana just changed this post/)).toBeVisible()
  await shows('Newer')
})

test('publishing under Drafts can be undone', async () => {
  lists([one])
  const sent: unknown[] = []
  publishing((body) => {
    sent.push(body)
    const version = 1 + sent.length
    const isLive = sent.length === 1
    return HttpResponse.json(aPost({ ...one, version, published: isLive, liveVersion: isLive ? version : null }))
  })
  await open('/?status=draft')
  await choose('One', 'Publish')
  expect(await screen.findByText('“One” was published.')).toBeVisible()
  await userEvent.hover(screen.getByLabelText('Search posts'))
  expect(await screen.findByText('No posts found')).toBeVisible()
  await userEvent.keyboard('{Control>}z{/Control}')
  await shows('One')
  expect(sent).toEqual([{ published: true, version: 1 }, { published: false }])
})

test('a second click while an action is running does nothing', async () => {
  lists([one])
  let calls = 0
  let answer: () => void = () => undefined
  publishing(async () => {
    calls += 1
    await new Promise<void>((go) => (answer = go))
    return HttpResponse.json(aPost({ ...one, version: 2, published: true, liveVersion: 2 }))
  })
  await open()
  await choose('One', 'Publish')
  await waitFor(() => expect(calls).toBe(1))
  await userEvent.click(screen.getByRole('button', { name: 'Actions for One' }))
  expect(await screen.findByRole('menuitem', { name: 'Publish' })).toHaveAttribute('data-disabled')
  answer()
  expect(await screen.findByText('“One” was published.')).toBeVisible()
  expect(calls).toBe(1)
})

test('an action that no undo can revert asks first', async () => {
  lists([{ ...one, published: true, liveVersion: 1, version: 3 }])
  const sent: unknown[] = []
  publishing((body) => {
    sent.push(body)
    return HttpResponse.json(aPost({ ...one, version: 4 }))
  })
  await open()
  await choose('One', 'Unpublish…')
  expect(await screen.findByRole('dialog', { name: 'Unpublish this post?' })).toHaveTextContent('Readers can no longer open it')
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent).toEqual([])
  await choose('One', 'Unpublish…')
  await userEvent.click(await screen.findByRole('button', { name: 'Unpublish' }))
  expect(await screen.findByText('“One” was unpublished.')).toBeVisible()
  expect(sent).toEqual([{ published: false }])
})

test('changes that were never seen are not published', async () => {
  lists([one])
  const current = aPost({ ...one, version: 2, title: 'Newer', updatedBy: { id: 3, name: 'Ana' } })
  publishing(() => problem(412, 'It was changed.', { current, conflicts: [] }))
  await open()
  await choose('One', 'Publish')
  expect(await screen.findByText('Ana just changed this post. Review it and try again.')).toBeVisible()
  await shows('Newer')
})

test('a deletion can be undone from the keyboard; the focus is on the next row', async () => {
  const live = { ...two, liveVersion: 1 }
  lists([live, one])
  const published: unknown[] = []
  server.use(
    http.delete('*/api/posts/2', () => new HttpResponse(null, { status: 204 })),
    http.post('*/api/posts/2/restore', () => HttpResponse.json(aPost({ ...two, published: false, version: 3, updatedAt: at(5) }))),
    http.put('*/api/posts/2/publish', async ({ request }) => {
      published.push(await request.json())
      return HttpResponse.json(aPost({ ...two, version: 4, liveVersion: 4, updatedAt: at(6) }))
    }),
  )
  await open()
  await choose('Two', 'Delete')
  await shows('One')
  await waitFor(() => expect(screen.getByRole('link', { name: 'One' })).toHaveFocus())
  await userEvent.keyboard('{Control>}z{/Control}')
  expect(await screen.findByText('“Two” was restored and published.')).toBeVisible()
  expect(published).toEqual([{ published: true, version: 3 }])
})

describe('deleted posts', () => {
  const gone: ListedPost = { ...aSummary({ id: 1, title: 'Gone', version: 3 }), deletedAt: at(3), deletedBy: ana }

  test('are listed with the author and time of the deletion, and can be restored', async () => {
    lists([gone])
    const restored: unknown[] = []
    server.use(
      http.post('*/api/posts/1/restore', async ({ request }) => {
        restored.push(await request.json())
        return HttpResponse.json(aPost({ id: 1, title: 'Gone', version: 4 }))
      }),
    )
    await open('/?status=deleted')
    const [, row] = await screen.findAllByRole('row')
    expect(row).toHaveTextContent('by Ana')
    expect(screen.getByText('1 deleted post')).toBeVisible()
    expect(screen.getByRole('link', { name: 'Gone' })).toHaveAttribute('href', '/posts/1/history')
    await userEvent.click(screen.getByRole('button', { name: 'Restore Gone' }))
    expect(await screen.findByText('“Gone” was restored as a draft.')).toBeVisible()
    expect(await screen.findByText('No deleted posts')).toBeVisible()
    expect(restored).toEqual([{ version: 2 }])
  })

  test('are updated live', async () => {
    lists([])
    const { deliverEvent } = await open('/?status=deleted')
    expect(await screen.findByText('No deleted posts')).toBeVisible()
    lists([gone])
    await deliverEvent(deleted(11, { ...one, version: 3 }))
    await shows('Gone')
    await deliverEvent(created(12, { ...one, version: 4 }))
    expect(await screen.findByText('No deleted posts')).toBeVisible()
  })

  test('are restored by editors only', async () => {
    lists([gone])
    await open('/?status=deleted', 'viewer')
    await shows('Gone')
    expect(screen.queryByRole('button', { name: 'Restore Gone' })).toBeNull()
  })
})
