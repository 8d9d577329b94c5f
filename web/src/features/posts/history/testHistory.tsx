import { http, HttpResponse } from 'msw'
import { Route, Routes } from 'react-router'
import type { Me, StoredEvent } from '@wiredesk/client'
import { openPage, server } from '../../../testing/page'
import { aPost, changed, created, deleted } from '../../../testing/fixtures'
import { postsPatch } from '../data/postsPatch'
import { HistoryPage } from './HistoryPage'

export const v1 = aPost({ title: 'Old', content: 'The old text of the ferries.' })
export const v2 = aPost({ ...v1, version: 2, title: 'New', content: 'The new text of the ferries.' })
export const first: StoredEvent = { ...created(1, v1), type: 'blog-created', data: v1 }
export const second: StoredEvent = { ...changed(2, v2, 'content', 'title'), type: 'blog-updated', data: v2 }
export const gone: StoredEvent = deleted(3, aPost({ ...v2, version: 3 }))

/** An autosaved version of the content, a minute after the one before. */
export const autosaved = (version: number, kept = true): StoredEvent => {
  const { content, ...summary } = aPost({ ...v2, version, content: `Text ${version}.` })
  const data = kept ? { ...summary, content } : { ...summary, contentHash: 'a'.repeat(64) }
  return { ...changed(version, summary, 'content'), type: 'blog-updated', autosave: true, data }
}

/** Answers with the events, newest first, without content unless it is asked for; `pageSize` events at a time. */
export function has(events: StoredEvent[], pageSize = 100) {
  server.use(
    http.get('*/api/posts/1/history', ({ request }) => {
      const query = new URL(request.url).searchParams
      const before = Number(query.get('before') ?? Infinity)
      const limit = Math.min(pageSize, Number(query.get('limit')))
      const found = events.filter(({ data }) => data.version < before).slice(0, limit)
      const items = query.get('content') === 'false' ? found.map((event) => ({ ...event, data: { ...event.data, content: undefined } })) : found
      const last = found.at(-1)?.data.version ?? 1
      return HttpResponse.json({ items, next: last > 1 ? last : null })
    }),
  )
}

/** Answers restores with a new version, and collects them. */
export function restores(version: number) {
  const sent: unknown[] = []
  server.use(
    http.post('*/api/posts/1/restore', async ({ request }) => {
      sent.push([await request.json(), new URL(request.url).searchParams.get('publish')])
      return HttpResponse.json(aPost({ ...v1, version: version + sent.length - 1 }))
    }),
  )
  return sent
}

const routes = (
  <Routes>
    <Route path="posts/:id/history" element={<HistoryPage />} />
  </Routes>
)
export const open = (query = '', role: Me['role'] = 'editor') =>
  openPage({ path: `/posts/1/history${query}`, role, routes, patches: [postsPatch] })
