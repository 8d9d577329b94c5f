import { expect, test } from 'vitest'
import { showBlocks } from './blocks'
import { makeImageSlots, slotsIn, textOutsideSlots } from './imageSlots'
import { parseHtml } from './sanitizeHtml'

const slotted = (html: string) => {
  const root = parseHtml(html)
  makeImageSlots(root)
  return root
}

const shown = (...htmls: string[]) => {
  const host = document.createElement('div')
  for (const html of htmls) showBlocks(host, html)
  return host
}

const slotsOf = (host: HTMLElement) => slotsIn([...host.childNodes])

const loads = (root: ParentNode) =>
  [...root.querySelectorAll('*')].flatMap((element) =>
    ['src', 'srcset', 'background', 'poster', 'style'].flatMap((name) => element.getAttribute(name) ?? []),
  )

test.each([
  ['src', '<p><img src="https://example.org/a.png"></p>'],
  ['srcset', '<p><img srcset="https://example.org/a.png 2x"></p>'],
  ['src and srcset', '<p><img src="https://example.org/a.png" srcset="https://example.org/a.png 2x, //example.org/b.png"></p>'],
  ['picture', '<picture><source srcset="https://example.org/a.webp"><source src="//example.org/b"><img src="https://example.org/a.png"></picture>'],
  ['no scheme', '<p><img src="//example.org/a.png"></p>'],
  ['upper case', '<P><IMG SRC="HTTPS://EXAMPLE.ORG/a.png"></P>'],
  ['character references', '<p><img src="&#104;ttps&colon;//example.org/a.png"></p>'],
  ['a broken address', '<p><img src="https://[example.org/a.png"></p>'],
  ['no paragraph', '<img src="https://example.org/a.png">'],
  ['a link', '<a href="https://example.org"><img src="https://example.org/a.png"></a>'],
  ['an image twice', '<img src="https://example.org/a.png" src="/a.png">'],
  ['the image element', '<image src="https://example.org/a.png">'],
])('nothing of another site is left to load: %s', (_, html) => {
  expect(loads(slotted(html))).toEqual([])
  expect(loads(shown(html))).toEqual([])
})

test.each(['<video src="https://example.org/a" poster="https://example.org/b">', '<table background="https://example.org/a"><tr><td>a</td></tr></table>', '<link rel="stylesheet" href="https://example.org/a.css">', '<p style="background:url(https://example.org/a)">a</p>', '<svg><image href="https://example.org/a"/></svg>', '<input type="image" src="https://example.org/a">', '<object data="https://example.org/a"></object><embed src="https://example.org/a">'])(
  'other elements that load something do not reach the page: %s',
  (html) => {
    expect(shown(html).innerHTML).not.toContain('example.org')
  },
)

test('images of the own origin stay', () => {
  expect(loads(shown('<p><img src="/a.png"> <img src="b.png" srcset="https://example.org/a.png 2x"></p>'))).toEqual(['/a.png', 'b.png'])
})

test('a slot has the address and the attributes of its image', () => {
  const host = shown('<p><img src="http://example.org/a.png" alt="A ship" title="t" width="10" height="20" align="left" lang="de"></p>')
  expect(slotsOf(host)).toEqual([
    {
      element: host.querySelector('span'),
      key: expect.any(String) as string,
      address: { url: 'https://example.org/a.png', host: 'example.org' },
      alt: 'A ship',
      title: 't',
      width: '10',
      height: '20',
    },
  ])
  expect(host.querySelector('span')).toHaveAttribute('align', 'left')
  expect(host.querySelector('span')).toHaveAttribute('lang', 'de')
})

test('a slot stays while the text of its block changes', () => {
  const image = '<img src="https://example.org/a.png" alt="a">'
  const host = shown(`<p>One ${image}</p>`)
  const [slot] = slotsOf(host)
  slot?.element.append('shown')
  showBlocks(host, `<p>Two, longer ${image}</p>`)
  expect(slotsOf(host)).toEqual([slot])
  expect(host).toHaveTextContent('Two, longer shown')
  showBlocks(host, `<p>Two, longer ${image} and ${image}</p>`)
  expect(slotsOf(host)[0]).toBe(slot)
  expect(slotsOf(host)).toHaveLength(2)
  expect(host).toHaveTextContent('Two, longer shown and')
  showBlocks(host, '<p>Two <img src="https://example.org/a.png" alt="b"></p>')
  expect(slotsOf(host)[0]).not.toBe(slot)
})

test('a block that is an image stays while other blocks change', () => {
  const image = '<img src="https://example.org/a.png">'
  const host = shown(`<p>One</p>${image}<p>a</p>`)
  const [, block] = host.children
  const slots = slotsOf(host)
  showBlocks(host, `<p>Two</p>${image}<p>a</p>`)
  expect(host.children[1]).toBe(block)
  expect(slotsOf(host)).toEqual(slots)
})

test('the text of a block is without its placeholders', () => {
  const host = shown('<p>a <img src="https://example.org/a.png"> b</p>')
  slotsOf(host)[0]?.element.append('Load image')
  expect(textOutsideSlots(host)).toBe('a  b')
  expect(textOutsideSlots(shown('<p>a</p>'))).toBe('a')
})
