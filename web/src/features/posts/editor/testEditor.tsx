import 'fake-indexeddb/auto'
import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { IDBFactory } from 'fake-indexeddb'
import { http, HttpResponse } from 'msw'
import { Link, Route, Routes } from 'react-router'
import { afterEach, expect } from 'vitest'
import type { Me, Post } from '@wiredesk/client'
import { openPage, server } from '../../../testing/page'
import { aPost } from '../../../testing/fixtures'
import { PostEditorPage } from './PostEditorPage'
import { postsPatch } from '../data/postsPatch'
import { forget } from './draftStorage'
import { setPreferences } from './preferences'

export const v1 = aPost({ title: 'Old', content: 'one\ntwo\nthree' })

type Sent = { call: string; body: unknown; version: string | null; key: string | null; query: Record<string, string> }

/** Serves this post and answers changes in order; the last answer is repeated. */
export function has(post: Post, ...answers: (() => Response)[]): Sent[] {
  const sent: Sent[] = []
  const note = async (request: Request) => {
    const { headers, method } = request
    const { pathname, searchParams } = new URL(request.url)
    sent.push({
      call: `${method} ${pathname.replace('/api/posts', '')}`,
      body: await request.json(),
      version: headers.get('If-Match'),
      key: headers.get('Idempotency-Key'),
      query: Object.fromEntries(searchParams),
    })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    return answer?.() ?? HttpResponse.error()
  }
  server.use(
    http.get('*/api/posts/1', () => HttpResponse.json(post)),
    http.get('*/api/posts/1/history', () => HttpResponse.json({ items: [], next: null })),
    http.get('*/api/categories', () => HttpResponse.json({ items: [] })),
    http.patch('*/api/posts/1', ({ request }) => note(request)),
    http.put('*/api/posts/1/publish', ({ request }) => note(request)),
    http.post('*/api/posts', ({ request }) => note(request)),
  )
  return sent
}

/** The answer to a change that was made. */
export const saves = (over: Parameters<typeof aPost>[0]) => () => HttpResponse.json(aPost({ ...v1, version: 2, ...over }))

const routes = (
  <>
    <Link to="/elsewhere">Elsewhere</Link>
    <Routes>
      <Route path="posts/:id" element={<PostEditorPage />} />
      <Route path="*" element={<p>Another page</p>} />
    </Routes>
  </>
)

type Options = { role?: Me['role']; isAutosaveOn?: boolean }

/** Opens the editor, in a browser without unsaved text; by default without autosave. */
export async function open(path = '/posts/1', { role = 'editor', isAutosaveOn = false }: Options = {}) {
  setPreferences({ isAutosaveOn })
  localStorage.setItem('wiredesk-editor-plainText', 'on') // jsdom has no layout for CodeMirror
  const page = await openPage({ path, role, routes, patches: [postsPatch] })
  await waitFor(() => expect(screen.queryByText('Loading…')).toBeNull())
  if (screen.queryByLabelText(/^Title/) !== null) await content()
  return page
}

/** Clears this browser's storage after each test. Call it before listen, so that listen's sign-out runs first. */
export function clearStorage(): void {
  afterEach(() => {
    forget()
    indexedDB = new IDBFactory()
  })
}

export const title = () => screen.findByLabelText<HTMLInputElement>(/^Title/)
export const content = () => screen.findByLabelText<HTMLTextAreaElement>('Content')

export async function retitle(text: string) {
  await userEvent.clear(await title())
  await userEvent.click(await title())
  await userEvent.paste(text)
}

/** Presses Undo in the notification with this text. */
export async function undo(text: RegExp) {
  const notification = (await screen.findAllByText(text)).map((found) => found.closest<HTMLElement>('[role=alert]')).find((found) => found?.querySelector('button'))
  if (!notification) throw new Error('there is no such notification')
  await userEvent.click(within(notification).getByRole('button', { name: 'Undo' }))
}
