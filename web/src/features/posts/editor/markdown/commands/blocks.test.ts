import type { StateCommand } from '@codemirror/state'
import { describe, expect, test } from 'vitest'
import { after } from '../testState'
import { setHeading, toggleCode, toggleCodeBlock, toggleList, toggleQuote } from './blocks'

const cases: Record<string, [StateCommand, string, string]> = {
  'heading of a line': [setHeading(2), 'a|b', '## a|b'],
  'heading of another level': [setHeading(1), '### a|b', '# a|b'],
  'heading back to text': [setHeading(2), '## a|b', 'a|b'],
  'no heading': [setHeading(0), '### a|b', 'a|b'],
  'heading on an empty line': [setHeading(1), '|', '# |'],
  'headings in a quote': [setHeading(2), '> a|b', '> ## a|b'],
  'bulleted list': [toggleList('bullet'), '[[one\n\ntwo]]', '- [[one\n\n- two]]'],
  'bulleted list back': [toggleList('bullet'), '[[- one\n- two]]', '[[one\ntwo]]'],
  'list on an empty line': [toggleList('bullet'), '|', '- |'],
  'numbered list': [toggleList('ordered'), '[[one\ntwo\nthree]]', '1. [[one\n2. two\n3. three]]'],
  'numbered list continues the numbers': [toggleList('ordered'), '1. one\ntw|o', '1. one\n2. tw|o'],
  'numbered list from bullets, with levels': [toggleList('ordered'), '[[- a\n  - b\n- c]]', '[[1. a\n  1. b\n2. c]]'],
  'task list from bullets': [toggleList('task'), '[[- a\n- b]]', '[[- [ ] a\n- [ ] b]]'],
  'task list back': [toggleList('task'), '- [x] a|', 'a|'],
  'bullets from tasks': [toggleList('bullet'), '- [x] a|', '- a|'],
  'a selection that ends at a line start': [toggleList('bullet'), '[[one\n]]two', '- [[one\n]]two'],
  'quote': [toggleQuote, '[[one\n\ntwo]]', '> [[one\n>\n> two]]'],
  'quote back': [toggleQuote, '[[> one\n>\n> two]]', '[[one\n\ntwo]]'],
  'quote of a quote in part': [toggleQuote, '[[> one\ntwo]]', '> [[> one\n> two]]'],
  'code block': [toggleCodeBlock, '[[one\ntwo]]', '```\n[[one\ntwo]]\n```'],
  'code block with a fence in it': [toggleCodeBlock, '[[```\na\n```\nb]]', '````\n[[```\na\n```\nb]]\n````'],
  'code block back': [toggleCodeBlock, 'x\n\n```js\na|b\n```\n\ny', 'x\n\na|b\n\ny'],
  'code block on an empty line': [toggleCodeBlock, '|', '```\n|\n```'],
  'an empty code block back': [toggleCodeBlock, '```\n|\n```', '|'],
  'code within a line': [toggleCode, 'a [[b]] c', 'a `[[b]]` c'],
  'code of several lines': [toggleCode, '[[a\nb]]', '```\n[[a\nb]]\n```'],
  'several selections': [toggleList('bullet'), 'a|\nb\nc|', '- a|\nb\n- c|'],
}

describe('block commands', () => {
  for (const [name, [command, before, result]] of Object.entries(cases)) {
    test(name, () => expect(after(command, before)).toBe(result))
  }
})
