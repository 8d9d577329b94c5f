import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { Route, Routes } from 'react-router'
import { expect, test } from 'vitest'
import type { Me, StoredEvent } from '../../../api/types'
import { listen, openDesk, problem, server } from '../../../testing/desk'
import { aPost, changed, created, deleted } from '../../../testing/fixtures'
import { HistoryPage } from './HistoryPage'
import { postsPatch } from '../data/postsPatch'

listen()

const v1 = aPost({ title: 'Old', content: 'first' })
const v2 = aPost({ ...v1, version: 2, title: 'New', content: 'second' })
const first: StoredEvent = { ...created(1, v1), type: 'blog-created', data: v1 }
const second: StoredEvent = { ...changed(2, v2, 'content', 'title'), type: 'blog-updated', data: v2 }
const gone: StoredEvent = deleted(3, aPost({ ...v2, version: 3 }))

/** Pages of events by the version that they are asked before. */
function has(...pages: StoredEvent[][]) {
  server.use(
    http.get('*/api/posts/1/history', ({ request }) => {
      const before = Number(new URL(request.url).searchParams.get('before') ?? Infinity)
      const items = pages.find((page) => page.every(({ data }) => data.version < before)) ?? []
      const last = items.at(-1)?.data.version ?? 1
      return HttpResponse.json({ items, next: last > 1 ? last : null })
    }),
  )
}

const routes = (
  <Routes>
    <Route path="posts/:id/history" element={<HistoryPage />} />
  </Routes>
)
const open = (role: Me['role'] = 'editor') => openDesk({ path: '/posts/1/history', role, routes, patches: [postsPatch] })

test('shows every version, newest first, with who did what', async () => {
  has([second, first])
  await open()
  const versions = await screen.findAllByRole('button', { name: /^Version/ })
  expect(versions.map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('Ana edited content and title'),
    expect.stringContaining('Ana created this post'),
  ])
  expect(versions[0]).toHaveTextContent('Now')
})

test('compares a version with the present one, and shows it whole', async () => {
  has([second, first])
  await open()
  await userEvent.click(await screen.findByRole('button', { name: /Version 1/ }))
  expect(await screen.findByText('first')).toBeVisible()
  expect(screen.getByText('second')).toBeVisible()
  await userEvent.click(screen.getByRole('tab', { name: 'The version' }))
  expect(screen.getByRole('region', { name: 'Content of version 1' })).toHaveTextContent('first')
})

test('reads older versions by the page', async () => {
  has([second], [first])
  await open()
  await userEvent.click(await screen.findByRole('button', { name: 'Load more' }))
  expect(await screen.findByRole('button', { name: /Version 1/ })).toBeVisible()
})

test('a deleted post can be restored from any version', async () => {
  has([gone, second, first])
  const restored: unknown[] = []
  server.use(
    http.post('*/api/posts/1/restore', async ({ request }) => {
      restored.push(await request.json())
      return HttpResponse.json(aPost({ ...v2, version: 4 }))
    }),
  )
  await open()
  expect(await screen.findByText(/Any of its versions can be restored/)).toHaveTextContent('Ana deleted this post')
  await userEvent.click(screen.getByRole('button', { name: /Version 2/ }))
  has([{ ...created(4, v2), type: 'blog-created', data: aPost({ ...v2, version: 4 }) }, gone, second, first])
  await userEvent.click(await screen.findByRole('button', { name: 'Restore version 2' }))
  expect(await screen.findByRole('button', { name: /Version 4.*Now/ })).toHaveTextContent('Ana restored this post as a draft')
  expect(restored).toEqual([{ version: 2 }])
})

test('follows new versions live', async () => {
  has([first])
  const { brings } = await open()
  await screen.findByRole('button', { name: /Version 1/ })
  has([second, first])
  await brings(changed(11, v2, 'title'))
  expect(await screen.findByRole('button', { name: /Version 2/ })).toBeVisible()
})

test('a viewer restores nothing', async () => {
  has([second, first])
  await open('viewer')
  await userEvent.click(await screen.findByRole('button', { name: /Version 1/ }))
  await waitFor(() => expect(screen.getByText('first')).toBeVisible())
  expect(screen.queryByRole('button', { name: /Restore/ })).toBeNull()
})

test('says when there is none', async () => {
  server.use(http.get('*/api/posts/1/history', () => problem(404, 'No such post.')))
  await open()
  await waitFor(() => expect(screen.getByText('No such post.')).toBeVisible())
})
