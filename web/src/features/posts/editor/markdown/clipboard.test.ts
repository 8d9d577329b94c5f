import { describe, expect, test } from 'vitest'
import { asAddress, richDocument } from './clipboard'

const rich = (html: string, text = 'text', types: string[] = []) => richDocument({ html, text, types, hasFiles: false }) !== null

describe('richDocument', () => {
  test('formatted text is converted', () => {
    expect(rich('<p>a <b>b</b></p>')).toBe(true)
    expect(rich('<p><span style="font-weight: 700">b</span></p>')).toBe(true)
    expect(rich('<p>a</p>', '')).toBe(true)
  })

  test('text without formats, code and very long HTML are pasted as text', () => {
    expect(rich('')).toBe(false)
    expect(rich('<meta charset="utf-8"><p>a</p><p>b</p>')).toBe(false)
    expect(rich('<pre>a\n  b</pre>')).toBe(false)
    expect(rich('<div style="font-family: monospace; white-space: pre;"><div><span style="color: red">let</span> a</div></div>')).toBe(false)
    expect(rich('<b>a</b>', 'a', ['text/plain', 'text/html', 'vscode-editor-data'])).toBe(false)
    expect(rich(`<b>${'a'.repeat(2_000_000)}</b>`)).toBe(false)
  })
})

test.each([
  ['https://example.com/a', 'https://example.com/a'],
  [' mailto:a@example.com\n', 'mailto:a@example.com'],
  ['https://example.com and more', null],
  ['javascript:alert(1)', null],
  ['https://', null],
  ['word', null],
])('%j as an address is %j', (text, address) => expect(asAddress(text)).toBe(address))
