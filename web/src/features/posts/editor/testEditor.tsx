import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { Link, Route, Routes } from 'react-router'
import type { Me, Post } from '../../../api/types'
import { openDesk, server } from '../../../testing/desk'
import { aPost } from '../../../testing/fixtures'
import { PostEditorPage } from './PostEditorPage'
import { postsPatch } from '../data/postsPatch'

export const v1 = aPost({ title: 'Old', content: 'one\ntwo\nthree' })

type Sent = { body: unknown; version: string | null; key: string | null }

/** Gives the server this post, and its answers to changes: one after the other, the last again and again. */
export function has(post: Post, ...answers: (() => Response)[]): Sent[] {
  const sent: Sent[] = []
  const note = async (request: Request) => {
    const { headers } = request
    sent.push({ body: await request.json(), version: headers.get('If-Match'), key: headers.get('Idempotency-Key') })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    return answer?.() ?? HttpResponse.error()
  }
  server.use(
    http.get('*/api/posts/1', () => HttpResponse.json(post)),
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
      <Route path="posts/new" element={<PostEditorPage key="new" />} />
      <Route path="posts/:id" element={<PostEditorPage key="edit" />} />
      <Route path="*" element={<p>Another page</p>} />
    </Routes>
  </>
)

export const open = (path = '/posts/1', role: Me['role'] = 'editor') =>
  openDesk({ path, role, routes, patches: [postsPatch] })

export const title = () => screen.findByLabelText<HTMLInputElement>(/^Title/)
export const content = () => screen.findByLabelText<HTMLTextAreaElement>('Content')

export async function retitle(text: string) {
  await userEvent.clear(await title())
  await userEvent.click(await title())
  await userEvent.paste(text)
}

export const press = async (name: string | RegExp) => userEvent.click(await screen.findByRole('button', { name }))
