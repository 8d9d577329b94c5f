import { expect, test } from 'vitest'
import { showBlocks } from './blocks'

const shown = (...htmls: string[]) => {
  const host = document.createElement('div')
  const added = htmls.map((html) => showBlocks(host, html))
  return { host, added }
}

test('only the blocks that differ are replaced', () => {
  const { host } = shown('<p>a</p>\n<details><summary>b</summary></details>\n<p>c</p>')
  const [first, details, last] = host.children
  details?.setAttribute('open', '')
  const added = showBlocks(host, '<p>a</p>\n<details><summary>b</summary></details>\n<p>changed</p>\n<p>c</p>')
  expect([host.children[0], host.children[1], host.children[3]]).toEqual([first, details, last])
  expect(host.children[1]).toBe(details)
  expect(details?.hasAttribute('open')).toBe(true)
  expect(added.map(({ textContent }) => textContent)).toEqual(['changed'])
})

test('blocks that occur twice, are moved or removed are right', () => {
  for (const next of ['<p>a</p>', '', '<p>b</p><p>a</p><p>a</p>', '<p>a</p><p>a</p><p>a</p><p>a</p>', 'text <b>x</b>']) {
    const { host } = shown('<p>a</p><p>a</p><p>b</p>', next)
    const fresh = shown(next).host
    expect(host.innerHTML).toBe(fresh.innerHTML)
  }
})

test('direction by block, links in a new tab, lazy images, named task boxes', () => {
  const { host } = shown(
    '<p>a <a href="https://example.org">b</a><a href="#fn:1">1</a></p><ul><li><input type="checkbox" disabled checked> c</li></ul><pre><code>d</code></pre><p dir="rtl"><img src="/a.png"></p>',
  )
  expect(host.querySelector('p')).toHaveAttribute('dir', 'auto')
  expect(host.querySelector('li')).toHaveAttribute('dir', 'auto')
  expect(host.querySelector('pre')).toHaveAttribute('dir', 'ltr')
  expect(host.querySelectorAll('p')[1]).toHaveAttribute('dir', 'rtl')
  expect(host.querySelector('a')).toHaveAttribute('target', '_blank')
  expect(host.querySelector('a')).toHaveAttribute('rel', 'noopener noreferrer')
  expect(host.querySelectorAll('a')[1]).not.toHaveAttribute('target')
  expect(host.querySelector('img')).toHaveAttribute('loading', 'lazy')
  expect(host.querySelector('input')).toHaveAccessibleName('Done')
})
