import { expect, test } from 'vitest'
import { parseHtml, sanitizeNodes } from './sanitizeHtml'

function sanitized(html: string): string {
  const root = parseHtml(html)
  sanitizeNodes(root)
  return root.innerHTML
}

test.each([
  '<h2>a</h2><p>b <strong>c</strong> <del>d</del></p>',
  '<table><thead><tr><th align="left">a</th><th align="center">b</th></tr></thead><tbody><tr><td align="right" colspan="2">1</td></tr></tbody></table>',
  '<ul><li><input type="checkbox" disabled="" checked=""> a</li></ul>',
  '<p>a<sup id="fnref:1"><a href="#fn:1" class="footnote-ref" role="doc-noteref">1</a></sup></p>',
  '<div class="footnotes" role="doc-endnotes"><ol><li id="fn:1"><p>b <a href="#fnref1:12" class="footnote-backref" role="doc-backlink">↩︎</a></p></li></ol></div>',
  '<pre><code class="language-rust,ignore">a</code></pre>',
  '<center>a</center><details open=""><summary>b</summary><kbd>c</kbd></details>',
  '<figure><img src="/a.png" width="10" height="50%" alt="a" title="t" loading="lazy"><figcaption>b</figcaption></figure>',
  '<p dir="rtl" lang="ar">a</p><ol start="3"><li>b</li></ol>',
  '<p><a href="https://example.org/?a=1&amp;b=2" title="t">a</a> <a href="mailto:a@b.c">b</a> <a href="/c">c</a></p>',
])('HTML that the server allows is unchanged: %s', (html) => {
  expect(sanitized(html)).toBe(html)
})

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<a href="javascript:alert(1)">a</a>',
  '<a href="data:text/html,<script>alert(1)</script>">a</a>',
  '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
  '<svg><script>alert(1)</script></svg>',
  '<iframe src="https://example.org"></iframe>',
  '<form action="https://example.org"><input name=q><button>a</button></form>',
  '<input type="password" disabled><input type="checkbox">',
  '<p style="position:fixed" id="root" class="mantine-Modal-root" name="x" data-a="b" aria-label="c">a</p>',
  '<dialog open>a</dialog><template>b</template>',
])('other HTML is removed: %s', (html) => {
  expect(sanitized(html)).not.toMatch(
    /script|onerror|onload|javascript|iframe|<form|<button|<input|<dialog|<template|style=|id=|class=|name=|data|aria-|password/i,
  )
})
