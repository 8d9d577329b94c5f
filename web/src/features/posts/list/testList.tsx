import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect } from 'vitest'
import type { ListedPost, Me } from '@wiredesk/client'
import { openPage, server } from '../../../testing/page'
import { aSummary, at } from '../../../testing/fixtures'
import { postsPatch } from '../data/postsPatch'
import { PostsPage } from './PostsPage'

/** Answers the list with these pages, and records the queries. */
export function lists(...pages: ListedPost[][]): URLSearchParams[] {
  const asked: URLSearchParams[] = []
  server.use(
    http.get('*/api/posts', ({ request }) => {
      const { searchParams } = new URL(request.url)
      asked.push(searchParams)
      const page = Number(searchParams.get('after') ?? 0)
      const next = page + 1 < pages.length ? String(page + 1) : null
      const total = page === 0 ? pages.flat().length : null
      return HttpResponse.json({ items: pages[page] ?? [], next, total, cursor: 10 })
    }),
    http.get('*/api/categories', () => HttpResponse.json({ items: [{ name: 'News', count: 2 }] })),
    http.get('*/api/tags', () => HttpResponse.json({ items: [{ name: 'go', count: 4 }] })),
    http.get('*/api/authors', () => HttpResponse.json({ items: [{ name: 'Ana', count: 3 }] })),
  )
  return asked
}

export const open = (path = '/', role: Me['role'] = 'editor') =>
  openPage({ path, role, routes: <PostsPage />, patches: [postsPatch] })

export const titles = () =>
  screen.queryAllByRole('rowheader').map((header) => header.querySelector('[dir="auto"]')?.textContent)
export const shows = (...expected: string[]) => waitFor(() => expect(titles()).toEqual(expected))

export const one = aSummary({ id: 1, title: 'One', updatedAt: at(1) })
export const two = aSummary({ id: 2, title: 'Two', createdAt: at(2), updatedAt: at(2), published: true })
