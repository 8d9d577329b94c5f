import { describe, expect, test } from 'vitest'
import { after } from '../testState'
import { bold, inlineCode, italic, strikethrough, toggleInline } from './inline'

const cases: Record<string, [typeof bold, string, string]> = {
  'wraps the selection': [bold, 'a [[word]] b', 'a **[[word]]** b'],
  'unwraps a selection inside the markers': [bold, 'a **[[word]]** b', 'a [[word]] b'],
  'unwraps a selection with its markers': [bold, 'a [[**word**]] b', 'a [[word]] b'],
  'unwraps from a part of the bold text': [bold, 'a **some [[bold]] text** b', 'a some [[bold]] text b'],
  'leaves spaces at the ends outside': [bold, 'a[[ word ]]b', 'a **[[word]]** b'],
  'changes the word at the caret': [bold, 'a wo|rd b', 'a **wo|rd** b'],
  'changes the word at the caret back': [bold, 'a **wo|rd** b', 'a wo|rd b'],
  'opens a pair beside a word': [bold, 'a | b', 'a **|** b'],
  'removes an empty pair': [bold, 'a **|** b', 'a | b'],
  'leaves the format at its end': [bold, 'a **word|**', 'a **word**|'],
  'formats each line of a selection': [bold, '[[one\n\ntwo]]', '**[[one**\n\n**two]]**'],
  'removes the format from each line': [bold, '[[**one**\n\n**two**]]', '[[one\n\ntwo]]'],
  'completes the format where one line has it': [bold, '[[**one**\ntwo]]', '[[**one**\n**two]]**'],
  'leaves list marks and headings outside': [bold, '[[- one\n1. two\n> - [ ] three\n# four]]', '- **[[one**\n1. **two**\n> - [ ] **three**\n# **four]]**'],
  'joins formatted parts inside the selection': [bold, '[[a **b** c]]', '**[[a b c]]**'],
  'applies to each selection': [bold, '[[one]] and [[two]]', '**[[one]]** and **[[two]]**'],
  'italic in bold': [italic, '**[[word]]**', '***[[word]]***'],
  'italic out of bold': [italic, '***[[word]]***', '**[[word]]**'],
  'italic written with underscores': [italic, '_[[word]]_', '[[word]]'],
  'strikethrough': [strikethrough, '[[word]]', '~~[[word]]~~'],
  'code with a backtick in it': [inlineCode, '[[a ` b]]', '``[[a ` b]]``'],
  'code that begins with a backtick': [inlineCode, '[[`a]]', '`` [[`a]]``'],
  'code back to text': [inlineCode, '`[[a]]`', '[[a]]'],
  'nothing but blank lines': [bold, '[[\n\n]]', '[[\n\n]]'],
}

describe('toggleInline', () => {
  for (const [name, [format, before, result]] of Object.entries(cases)) {
    test(name, () => expect(after(toggleInline(format), before)).toBe(result))
  }
})
