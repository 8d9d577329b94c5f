import { expect, test } from 'vitest'
import { lineBreaksOf } from './lineBreaks'

test.each(['a\nb\n', 'a\r\nb\r\n', 'one line', ''])('%j is unchanged after both conversions', (text) => {
  const { toEditor, toSource } = lineBreaksOf(text)
  expect(toEditor(text)).not.toContain('\r')
  expect(toSource(toEditor(text))).toBe(text)
})

test('mixed line ends become \\n', () => {
  const { toEditor, toSource } = lineBreaksOf('a\r\nb\nc\rd')
  expect(toSource(toEditor('a\r\nb\nc\rd'))).toBe('a\nb\nc\nd')
})
