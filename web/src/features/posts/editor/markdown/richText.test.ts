import { describe, expect, test } from 'vitest'
import { parseHtml } from './clipboard'
import { toMarkdown } from './richText'

const convert = (html: string) => toMarkdown(parseHtml(html)).markdown

const cases: Record<string, [string, string]> = {
  'paragraphs and inline formats': ['<p>A <b>bold</b>, <i>italic</i> and <s>old</s> text.</p><p>Two</p>', 'A **bold**, *italic* and ~~old~~ text.\n\nTwo'],
  'headings': ['<h1>One</h1><h2>Two</h2>', '# One\n\n## Two'],
  'a link': ['<a href="https://example.com/a?b=1" onclick="steal()">here</a>', '[here](https://example.com/a?b=1)'],
  'lists with levels': ['<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>', '- a\n  - b\n- c'],
  'a numbered list that starts at three': ['<ol start="3"><li>a</li><li>b</li></ol>', '3. a\n4. b'],
  'a list with paragraphs': ['<ul><li><p>a</p></li><li><p>b</p></li></ul>', '- a\n- b'],
  'tasks': ['<ul><li><input type="checkbox" checked> a</li><li><input type="checkbox"> b</li></ul>', '- [x] a\n- [ ] b'],
  'a quote': ['<blockquote><p>a</p><p>b</p></blockquote>', '> a\n>\n> b'],
  'code': ['<p>a <code>b()</code></p><pre><code class="language-js">c()\n  d()</code></pre>', 'a `b()`\n\n```js\nc()\n  d()\n```'],
  'a table': ['<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>', '| a   | b   |\n| --- | --- |\n| 1   | 2   |'],
  'an image from the web': ['<img src="https://example.com/a.png" alt="A ship">', '![A ship](https://example.com/a.png)'],
  'signs that Markdown would read': ['<p>2 * 3 * 4 and _x_</p>', '2 \\* 3 \\* 4 and \\_x\\_'],
  'elements that the renderer keeps': ['<p>H<sub style="color:red">2</sub>O, <kbd onclick="x()">Esc</kbd></p>', 'H<sub>2</sub>O, <kbd>Esc</kbd>'],
  'scripts and styles': ['<style>p{}</style><script>alert(1)</script><p onload="x()">a</p><iframe src="https://example.com"></iframe>', 'a'],
  'addresses that are run': ['<a href="javascript:alert(1)">a</a> <a href=" vbscript:x">b</a>', 'a b'],
  'Google Docs': [
    '<b style="font-weight:normal;" id="docs-internal-guid-1"><p><span style="font-weight:700">A</span><span style="font-weight:400"> b </span><span style="font-style:italic;font-weight:700">c</span></p></b>',
    '**A** b ***c***',
  ],
  'a heading in bold': ['<h2><span style="font-weight:700">A</span></h2>', '## A'],
  'hard spaces': ['<p>a&nbsp;b</p>', 'a b'],
  'nothing': ['', ''],
}

describe('toMarkdown', () => {
  for (const [name, [html, markdown]] of Object.entries(cases)) {
    test(name, () => expect(convert(html)).toBe(markdown))
  }

  test('images with data addresses are left out and counted', () => {
    const html = '<p>a<img src="data:image/png;base64,AA=="><img src="file:///a.png"><img src="https://example.com/b.png"></p>'
    expect(toMarkdown(parseHtml(html))).toEqual({ markdown: 'a![](https://example.com/b.png)', droppedImages: 2 })
  })
})
