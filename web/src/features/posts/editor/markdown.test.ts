import { expect, test } from 'vitest'
import { toSafeHtml } from './markdown'

test('Markdown becomes HTML', () => {
  expect(toSafeHtml('# A\n\n- **b**\n\n|x|\n|-|\n|1|')).toMatch(/<h1>A<\/h1>[^]*<li><strong>b<\/strong><\/li>[^]*<td>1<\/td>/)
})

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[a](javascript:alert(1))',
  '<a href="data:text/html,<script>alert(1)</script>">a</a>',
  '<svg><script>alert(1)</script></svg>',
  '<iframe src="https://example.org"></iframe>',
  '<form action="https://example.org"><input name=q><button>a</button></form>',
  '<p style="position:fixed" id="root" class="x">a</p>',
])('%s can do nothing', (markdown) => {
  expect(toSafeHtml(markdown)).not.toMatch(/script|onerror|javascript|iframe|<form|<button|style=|id=|class=|name=|data:/i)
})

test('a link opens beside the form', () => {
  expect(toSafeHtml('[a](https://example.org)')).toContain('target="_blank" rel="noopener noreferrer"')
})
