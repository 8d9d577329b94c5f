import type { StateCommand } from '@codemirror/state'
import { describe, expect, test } from 'vitest'
import { continueList } from '../keys'
import { after } from '../testState'
import { indentItems, outdentItems } from './listIndent'

const cases: Record<string, [StateCommand, string, string | null]> = {
  'an item goes under the one before': [indentItems, '- a\n- b|', '- a\n  - b|'],
  'under a numbered item by its width': [indentItems, '10. a\n- b|', '10. a\n    - b|'],
  'a first item stays, and Tab is taken': [indentItems, '- a|', '- a|'],
  'at most one level below': [indentItems, '- a\n  - b|', '- a\n  - b|'],
  'its own items go with it': [indentItems, '- a\n- b|\n  - c\n\n  text\n- d', '- a\n  - b|\n    - c\n\n    text\n- d'],
  'several items': [indentItems, '- a\n[[- b\n- c]]', '- a\n  [[- b\n  - c]]'],
  'an item goes back to its parent': [outdentItems, '- a\n  - b|', '- a\n- b|'],
  'two levels, one at a time': [outdentItems, '- a\n  - b\n    - c|', '- a\n  - b\n  - c|'],
  'an outer item stays, and Shift-Tab is taken': [outdentItems, '- a|', '- a|'],
  'text in an item': [indentItems, '- a\n\n  te|xt', '- a\n\n  te|xt'],
  'text outside lists is not taken': [indentItems, 'text|', null],
  'a blank line is not taken': [indentItems, '- a\n\n|', null],
  'Enter continues the list': [continueList, '- a|', '- a\n- |'],
  'Enter counts on and renumbers': [continueList, '1. a|\n2. b', '1. a\n2. |\n3. b'],
  'Enter opens a new task': [continueList, '- [x] a|', '- [x] a\n- [ ] |'],
  'Enter in an empty item ends the list': [continueList, '- a\n- |', '- a\n|'],
  'Enter continues a quote': [continueList, '> a|', '> a\n> |'],
  'Enter outside lists is the default': [continueList, 'a|', null],
}

describe('lists', () => {
  for (const [name, [command, before, result]] of Object.entries(cases)) {
    test(name, () => expect(after(command, before)).toBe(result))
  }
})
