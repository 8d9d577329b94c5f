import { MantineProvider } from '@mantine/core'
import { act, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { createRef } from 'react'
import { expect, test } from 'vitest'
import { listen, problem, server } from '../../../testing/page'
import { MemoryText } from '../data/textSource'
import { Preview } from './Preview'
import type { PreviewHandle } from './usePreviewScroll'

listen()

const answers = (html: (content: string) => string) =>
  server.use(
    http.post('*/api/render', async ({ request }) => {
      const { content } = (await request.json()) as { content: string }
      return HttpResponse.json({ html: html(content) })
    }),
  )

function open(text: string) {
  const source = new MemoryText(text)
  const ref = createRef<PreviewHandle>()
  const lines: number[] = []
  render(
    <MantineProvider env="test">
      <Preview source={source} label="Preview" ref={ref} onScrollLine={(line) => lines.push(line)} />
    </MantineProvider>,
  )
  return { source, ref, lines, preview: screen.getByRole('region', { name: 'Preview' }) }
}

test('shows the HTML of the server, and follows the text', async () => {
  answers((content) => `<h2>${content}</h2><p>b <sub>1</sub></p>`)
  const { source, preview } = open('One')
  expect(await screen.findByRole('heading', { name: 'One' })).toBeVisible()
  expect(preview.querySelector('sub')).toHaveTextContent('1')
  act(() => source.set('Two'))
  expect(await screen.findByRole('heading', { name: 'Two' })).toBeVisible()
})

test('the HTML of the server is sanitized once more', async () => {
  answers(() => '<p onclick="alert(1)">a<script>alert(1)</script><img src="/x.png" onerror="alert(1)"></p>')
  const { preview } = open('a')
  await waitFor(() => expect(preview).toHaveTextContent('a'))
  expect(preview.innerHTML).not.toMatch(/script|onclick|onerror/)
})

test('without the server the last one stays, with a mark', async () => {
  const { source, preview } = open('One')
  await waitFor(() => expect(preview).toHaveTextContent('One'))
  server.use(http.post('*/api/render', () => HttpResponse.error()))
  act(() => source.set('Two'))
  expect(await screen.findByText('Preview is out of date: offline')).toBeVisible()
  expect(preview).toHaveTextContent('One')
  server.resetHandlers()
  act(() => void window.dispatchEvent(new Event('online')))
  await waitFor(() => expect(preview).toHaveTextContent('Two'))
  expect(screen.queryByText(/out of date/)).toBeNull()
})

test('a text over a bound has its reason', async () => {
  server.use(
    http.post('*/api/render', () =>
      problem(422, 'Some fields are not valid.', { errors: [{ field: 'content', message: 'has more than 1000 footnotes' }] }),
    ),
  )
  open('a')
  expect(await screen.findByText('Preview is out of date: Has more than 1000 footnotes.')).toBeVisible()
})

test('code of a known language is colored, other code stays', async () => {
  answers(() => '<pre><code class="language-rust,ignore">let a = "b";\n</code></pre><pre><code class="language-nosuch">x\n</code></pre>')
  const { preview } = open('a')
  await waitFor(() => expect(preview.querySelector('.tok-keyword')).toHaveTextContent('let'))
  expect(preview.querySelector('.tok-string')).toHaveTextContent('"b"')
  expect(preview.querySelector('code')?.textContent).toBe('let a = "b";\n')
  expect(preview.querySelector('.language-nosuch')?.textContent).toBe('x\n')
})

test('a link to a footnote stays in the preview', async () => {
  answers(() => '<p>a<sup id="fnref:1"><a href="#fn:1">1</a></sup></p><div class="footnotes"><ol><li id="fn:1"><p>Note</p></li></ol></div>')
  const { preview } = open('a')
  await userEvent.click(await screen.findByRole('link', { name: '1' }))
  expect(preview.querySelector('li')).toHaveFocus()
  expect(window.location.hash).toBe('')
})

test('a link to a heading goes to the heading with these words', async () => {
  answers(() => '<p><a href="#how-can-i-help">Skip</a></p><h2>How can I help?</h2>')
  open('a')
  await userEvent.click(await screen.findByRole('link', { name: 'Skip' }))
  expect(screen.getByRole('heading', { name: 'How can I help?' })).toHaveFocus()
})

test('scrolls to a line of the Markdown, and reports the line that its user scrolls to', async () => {
  answers((content) => content.split('\n\n').map((text) => `<p>${text}</p>`).join(''))
  const { ref, lines, preview } = open('First text\n\nSecond text\n\nThird text')
  await screen.findByText('Third text')
  // jsdom has no layout: each paragraph is 100 pixels high.
  Object.defineProperty(preview, 'scrollHeight', { value: 300 })
  ;[...preview.querySelectorAll('p')].forEach((paragraph, i) => {
    paragraph.getBoundingClientRect = () => new DOMRect(0, i * 100 - preview.scrollTop, 100, 100)
  })
  act(() => ref.current?.scrollToLine(3))
  await waitFor(() => expect(preview.scrollTop).toBe(100))
  act(() => void preview.dispatchEvent(new Event('scroll'))) // its own
  preview.scrollTop = 150
  act(() => void preview.dispatchEvent(new Event('scroll')))
  await waitFor(() => expect(lines).toEqual([4]))
})
