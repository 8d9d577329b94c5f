import { expect, test } from 'vitest'
import { checkDraft } from './checkDraft'
import { edit, start } from './draft'

const draft = edit(start(null), 'title', 'A title')

test('lengths are counted in characters: 200 emoji are a title, and 201 are kept and named', () => {
  expect(checkDraft(edit(draft, 'title', '😀'.repeat(200)))).toEqual({})
  const value = '😀'.repeat(201)
  expect(checkDraft(edit(draft, 'title', value))).toEqual({
    title: { value, message: 'Title is too long: 201 of at most 200 characters.' },
  })
})

test('a title is trimmed before it is counted, and must not be empty', () => {
  expect(checkDraft(edit(draft, 'title', ` ${'a'.repeat(200)} `))).toEqual({})
  expect(checkDraft(edit(draft, 'title', ' '))).toMatchObject({ title: { message: 'Enter a title.' } })
})

test('the content is counted in bytes', () => {
  expect(checkDraft(edit(draft, 'content', 'ä'.repeat(125_000)))).toEqual({})
  expect(checkDraft(edit(draft, 'content', 'ä'.repeat(125_001)))).toMatchObject({
    content: { message: 'Content is too long: 250,002 of at most 250,000 bytes.' },
  })
})
