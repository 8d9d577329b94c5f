import { expect, test } from 'vitest'
import { linkSpec, pasteSpec } from './pasting'
import { marked, stateOf } from './testState'

const link = (text: string, pasted: string) => {
  const state = stateOf(text)
  const spec = linkSpec(state, pasted)
  return spec && marked(state.update(spec).state)
}

test('an address over a selection makes it a link', () => {
  expect(link('see [[here]] now', 'https://example.com')).toBe('see [here](https://example.com)| now')
  expect(link('[[here]]', 'https://example.com/(a)')).toBe('[here](<https://example.com/(a)>)|')
})

test.each([
  ['nothing selected', 'a|', 'https://example.com'],
  ['several lines', '[[a\nb]]', 'https://example.com'],
  ['an address over an address', '[[https://a.example]]', 'https://b.example'],
  ['in code', '`[[a]]`', 'https://example.com'],
  ['in a code block', '```\n[[a]]\n```', 'https://example.com'],
  ['in a link', '[te[[x]]t](https://a.example)', 'https://b.example'],
  ['text', '[[a]]', 'b'],
])('%s: the paste replaces the selection', (_name, text, pasted) => expect(link(text, pasted)).toBeNull())

test('a paste replaces every selection and keeps its lines', () => {
  const state = stateOf('[[a]] [[b]]')
  expect(state.update(pasteSpec(state, 'x\ny')).state.doc.toString()).toBe('x\ny x\ny')
})
