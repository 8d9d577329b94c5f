import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anchorsOf, lineAtTop, topOfLine, type Block } from './scrollMap'
import { shownBlocks } from './shownBlocks'
import { sourceBlocks } from './sourceBlocks'

const blocks = (text: string): Block[] =>
  text.split(' ').map((word) => {
    const [kind = '', start = ''] = word.split(':')
    return { kind, text: start }
  })

const source = (text: string) => blocks(text).map((block, i) => ({ ...block, line: i * 10 + 1 }))

const pairs = (from: string, to: string) => anchorsOf(source(from), blocks(to)).map(({ line, index }) => [(line - 1) / 10, index])

test('equal rows of blocks match one by one', () => {
  expect(pairs('h1:A p:b p:c list:d', 'h1:A p:b p:c list:d')).toEqual([[0, 0], [1, 1], [2, 2], [3, 3]])
})

test('definitions and raw HTML lie between the matches', () => {
  expect(pairs('h1:A none:x p:b none:y p:c', 'h1:A p:b html:y html:z p:c html:footnotes')).toEqual([[0, 0], [2, 1], [4, 4]])
})

test('texts that occur twice are matched by their neighbours', () => {
  expect(pairs('p:same h2:B p:same h2:C p:same', 'p:same h2:B p:same h2:C p:same')).toEqual([[0, 0], [1, 1], [2, 2], [3, 3], [4, 4]])
})

test('an element at another place breaks no order', () => {
  const found = pairs('h2:A p:a h2:B p:b h2:C p:c', 'h2:A p:a h2:C p:c h2:B p:b')
  expect(found.map(([, index]) => index)).toEqual(found.map(([, index]) => index).sort((a, b) => (a ?? 0) - (b ?? 0)))
  expect(found.length).toBeGreaterThanOrEqual(4)
})

test('nothing in common, or nothing at all, matches nothing', () => {
  expect(pairs('none:a none:b', 'html:c')).toEqual([])
  expect(anchorsOf([], [])).toEqual([])
})

test('lines and heights are in proportion between two points, and end at the outer ones', () => {
  const points = [{ line: 1, top: 0 }, { line: 11, top: 100 }, { line: 12, top: 500 }, { line: 21, top: 590 }]
  expect(topOfLine(points, 6)).toBe(50)
  expect(topOfLine(points, 11.5)).toBe(300)
  expect(topOfLine(points, 0)).toBe(0)
  expect(topOfLine(points, 99)).toBe(590)
  expect(lineAtTop(points, 50)).toBe(6)
  expect(lineAtTop(points, 300)).toBe(11.5)
  expect(lineAtTop(points, 9_999)).toBe(21)
})

const markdown = `# Title

A paragraph
of two lines.

[ref]: https://example.org

Setext
------

- a
- b

\`\`\`rust
let a = 1;
\`\`\`

> quote

| a | b |
|---|---|
| 1 | 2 |

<div>raw</div>

***

1. one

[^1]: A note.
`

test('the blocks of Markdown have their lines and kinds', () => {
  expect(sourceBlocks(markdown).map(({ line, kind }) => `${line} ${kind}`)).toEqual([
    '1 h1', '3 p', '6 none', '8 h2', '11 list', '11 li', '12 li', '14 code', '18 quote', '18 p', '20 table', '24 none', '26 hr', '28 list', '28 li', '30 none',
  ])
})

test('the blocks of HTML have the same kinds', () => {
  const host = document.createElement('div')
  host.innerHTML =
    '<h1>Title</h1><p>A paragraph</p><h2>Setext</h2><ul><li>a</li><li>b</li></ul><pre><code>let</code></pre><blockquote><p>q</p></blockquote><table></table><div>raw</div><hr><ol><li>one</li></ol><div class="footnotes"></div>'
  const shown = shownBlocks(host)
  expect(shown.map(({ kind }) => kind)).toEqual(['h1', 'p', 'h2', 'list', 'li', 'li', 'code', 'quote', 'p', 'table', 'html', 'hr', 'list', 'li', 'html'])
  expect(anchorsOf(sourceBlocks(markdown), shown).map(({ line, index }) => [line, index])).toEqual([
    [1, 0], [3, 1], [8, 2], [11, 3], [11, 4], [12, 5], [14, 6], [18, 7], [18, 8], [20, 9], [26, 11], [28, 12], [28, 13],
  ])
})

test('blocks inside raw HTML that holds Markdown are found', () => {
  const host = document.createElement('div')
  host.innerHTML = '<p>a</p><details><summary>More</summary><p>Inside</p><ul><li>b</li></ul></details><p>After</p>'
  const text = 'a\n\n<details>\n<summary>More</summary>\n\nInside\n\n- b\n\n</details>\n\nAfter'
  const shown = shownBlocks(host)
  const found = anchorsOf(sourceBlocks(text), shown).map(({ line, index }) => `${line} ${shown[index]?.element.tagName}`)
  expect(found).toEqual(['1 P', '6 P', '8 UL', '8 LI', '12 P'])
})

test('every block of a long text is mapped', () => {
  const long = Array.from({ length: 8_000 }, (_, i) => `Paragraph number ${i} with the same words.`)
  const anchors = anchorsOf(sourceBlocks(long.join('\n\n')), long.map((text) => ({ kind: 'p', text })))
  expect(anchors).toHaveLength(8_000)
})

test('anchors increase on both sides, for any blocks', () => {
  const block = fc.record({ kind: fc.constantFrom('p', 'h1', 'none', 'html'), text: fc.constantFrom('', 'a', 'b', 'c') })
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), fc.array(block, { maxLength: 12 }), (from, to) => {
      const anchors = anchorsOf(from.map((each, i) => ({ ...each, line: i + 1 })), to)
      anchors.slice(1).forEach((anchor, i) => {
        expect(anchor.line).toBeGreaterThan(anchors[i]?.line ?? 0)
        expect(anchor.index).toBeGreaterThan(anchors[i]?.index ?? -1)
      })
    }),
  )
})
