import { expect, test } from 'vitest'
import { findMatches, searchTerms } from './searchMatch'

const marked = (text: string, q: string) => findMatches(text, searchTerms(q)).map(({ from, to }) => text.slice(from, to))

test.each([
  ['Rust in the river', 'ri', ['ri']],
  ['Rust in the river', 'RUST river', ['Rust', 'river']],
  ['Trust', 'rust', []],
  ['Über Café crème', 'uber cafe CREME', ['Über', 'Café', 'crème']],
  ['Cafe\u0301 au lait', 'café', ['Cafe\u0301']],
  ['async/await and await', '"async awa"', ['async/awa']],
  ['async or await', '"async await"', []],
  ['async or await', '"async await', ['async', 'await']],
  ['async or await', '“or aw” async', ['async', 'or aw']],
  ['ﬁne ﬁsh', 'fi', ['ﬁ', 'ﬁ']],
  ['東京タワー', '京タ', ['京タ']],
  ['東京タワー', '東京タワー', ['東京タワー']],
  ['Ελλάδα', 'ελλαδα', ['Ελλάδα']],
  ['😀 smile', 'smi', ['smi']],
  ['straße', 'straße', ['straße']],
  ['anything', '', []],
  ['anything', '- !', []],
])('%s with %s', (text, q, expected) => {
  expect(marked(text, q)).toEqual(expected)
})

test('a long text takes no longer than its length allows', () => {
  const started = performance.now()
  expect(findMatches('a '.repeat(50_000), searchTerms('b '.repeat(20)))).toEqual([])
  // Some 0.3 s. A search whose time grows with the square of the length would take minutes.
  expect(performance.now() - started).toBeLessThan(20_000)
})
