import { expect, test } from 'vitest'
import { after, stateOf } from '../testState'
import { destination, insertTable, removeLink, setImage, setLink, targetAt } from './insert'

test('a link takes the place of the selection', () => {
  expect(after(setLink({ text: 'the site', url: 'https://example.com' }), 'see [[here]] now')).toBe('see [the site](https://example.com)| now')
})

test('a link without a text shows its address', () => {
  expect(after(setLink({ text: '', url: 'https://example.com' }), '|')).toBe('[https://example.com](https://example.com)|')
})

test('the link at the caret is changed or removed', () => {
  const text = 'a [old](https://old.example) b'
  expect(after(setLink({ text: 'new', url: '/new' }), text.replace('old]', 'o|ld]'))).toBe('a [new](/new)| b')
  expect(after(removeLink, text.replace('old]', 'o|ld]'))).toBe('a old| b')
  expect(after(removeLink, 'no| link')).toBeNull()
})

test('a dialog starts with the link at the caret, the selected text, or the selected address', () => {
  expect(targetAt(stateOf('a [te|xt](<https://example.com/a b>)'), 'Link')).toEqual({ text: 'text', url: 'https://example.com/a b', isExisting: true })
  expect(targetAt(stateOf('a [[text]]'), 'Link')).toEqual({ text: 'text', url: '', isExisting: false })
  expect(targetAt(stateOf('[[https://example.com]]'), 'Link')).toEqual({ text: '', url: 'https://example.com', isExisting: false })
  expect(targetAt(stateOf('![a sh|ip](/ship.png)'), 'Image')).toEqual({ text: 'a ship', url: '/ship.png', isExisting: true })
})

test('texts and addresses keep their meaning', () => {
  expect(after(setLink({ text: 'a [b]', url: 'https://example.com/(c)' }), '|')).toBe('[a \\[b\\]](<https://example.com/(c)>)|')
  expect(destination('a <b>')).toBe('<a %3Cb%3E>')
  expect(after(setImage({ text: 'A ship', url: '/ship.png' }), 'a |b')).toBe('a ![A ship](/ship.png)|b')
})

test('a table is a block of its own with its first cell selected', () => {
  const table = '| [[Column 1]] | Column 2 |\n| --- | --- |\n|     |     |'
  expect(after(insertTable(2, 1), '|')).toBe(table)
  expect(after(insertTable(2, 1), 'text|\nmore')).toBe(`text\n\n${table}\n\nmore`)
  expect(after(insertTable(2, 1), 'text\n|\nmore')).toBe(`text\n\n${table}\n\nmore`)
})
