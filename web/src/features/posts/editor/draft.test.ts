import { describe, expect, test } from 'vitest'
import type { Post } from '../../../api/types'
import {
  combined,
  disputed,
  edit,
  keepMine,
  pack,
  receive,
  refused,
  resume,
  saved,
  start,
  submit,
  takeBoth,
  takeTheirs,
  touched,
  type Draft,
  type Stored,
} from './draft'
import { ana, aPost } from '../../../testing/fixtures'

const v1 = aPost({ version: 1, title: 'Old', category: 'News', tags: ['a'] })
const next = (over: Partial<Post>): Post => aPost({ ...v1, version: 2, updatedBy: ana, ...over })
const typed = (title: string): Draft => edit(start(v1), 'title', title)

describe('typing', () => {
  test('a fresh form has no changes', () => {
    expect(touched(start(v1))).toEqual([])
    expect(touched(start(null))).toEqual([])
  })

  test('a field typed back to its base is not a change', () => {
    expect(touched(typed('Mine'))).toEqual(['title'])
    expect(touched(edit(typed('Mine'), 'title', 'Old'))).toEqual([])
  })

  test('tags are compared by their values', () => {
    expect(touched(edit(start(v1), 'tags', ['a']))).toEqual([])
    expect(touched(edit(start(v1), 'tags', ['a', 'b']))).toEqual(['tags'])
  })
})

describe("another's change", () => {
  test('fills untouched fields and moves the base', () => {
    const draft = receive(typed('Mine'), next({ category: 'Tech' }))
    expect(draft.mine).toMatchObject({ title: 'Mine', category: 'Tech' })
    expect(draft.version).toBe(2)
    expect(touched(draft)).toEqual(['title'])
    expect(disputed(draft)).toEqual([])
  })

  test('of a touched field keeps mine and asks', () => {
    const draft = receive(typed('Mine'), next({ title: 'Theirs' }))
    expect(draft.mine.title).toBe('Mine')
    expect(draft.base.title).toBe('Theirs')
    expect(draft.conflicts.title).toMatchObject({ by: 'Ana', version: 2 })
  })

  test('to the very same value is no conflict', () => {
    const draft = receive(typed('Same'), next({ title: 'Same' }))
    expect(disputed(draft)).toEqual([])
    expect(touched(draft)).toEqual([])
  })

  test('that comes late or twice changes nothing', () => {
    const draft = receive(typed('Mine'), next({ title: 'Theirs' }))
    expect(receive(draft, next({ title: 'Theirs' }))).toBe(draft)
    expect(receive(draft, v1)).toBe(draft)
  })

  test('of other fields leaves an open question open', () => {
    const asked = receive(typed('Mine'), next({ title: 'Theirs' }))
    const draft = receive(asked, next({ version: 3, title: 'Theirs', category: 'Tech' }))
    expect(draft.conflicts.title).toMatchObject({ by: 'Ana', version: 2 })
  })

  test('taken back by its author ends the question only when it equals mine', () => {
    const asked = receive(typed('Mine'), next({ title: 'Theirs' }))
    const back = receive(asked, next({ version: 3, title: 'Old' }))
    expect(back.conflicts.title?.version).toBe(3)
    expect(disputed(receive(asked, next({ version: 3, title: 'Mine' })))).toEqual([])
  })

  test('is nobody in particular when versions were missed', () => {
    const draft = receive(typed('Mine'), next({ version: 5, title: 'Theirs' }))
    expect(draft.conflicts.title?.by).toBeNull()
  })
})

describe('a choice', () => {
  const asked = receive(typed('Mine'), next({ title: 'Theirs' }))

  test('mine stays typed, to go over theirs at the next save', () => {
    const draft = keepMine(asked, 'title')
    expect(disputed(draft)).toEqual([])
    expect(submit(draft, 'k').attempt).toMatchObject({ version: 2, body: { title: 'Mine' } })
  })

  test('theirs replaces mine', () => {
    const draft = takeTheirs(asked, 'title')
    expect(draft.mine.title).toBe('Theirs')
    expect(touched(draft)).toEqual([])
    expect(disputed(draft)).toEqual([])
  })

  test('typing on does not answer the question, typing theirs does', () => {
    expect(disputed(edit(asked, 'title', 'Mine too'))).toEqual(['title'])
    expect(disputed(edit(asked, 'title', 'Theirs'))).toEqual([])
  })
})

describe('taking both', () => {
  const lines = (...changes: [number, string][]) => {
    const text = Array.from({ length: 20 }, (_, i) => `line ${i}`)
    for (const [index, line] of changes) text[index] = line
    return text.join('\n')
  }
  const old = aPost({ ...v1, content: lines() })
  const wrote = (content: string) => edit(start(old), 'content', content)
  const theirs = (version: number, content: string) => aPost({ ...old, version, content, updatedBy: ana })

  test('joins changes of different lines', () => {
    const asked = receive(wrote(lines([2, 'mine'])), theirs(2, lines([15, 'theirs'])))
    const draft = takeBoth(asked, 'content')
    expect(draft.mine.content).toBe(lines([2, 'mine'], [15, 'theirs']))
    expect(disputed(draft)).toEqual([])
    expect(touched(draft)).toEqual(['content'])
  })

  test('starts from what both had when theirs changed twice', () => {
    const once = receive(wrote(lines([2, 'mine'])), theirs(2, lines([15, 'theirs'])))
    const twice = receive(once, theirs(3, lines([15, 'theirs'], [10, 'too'])))
    expect(takeBoth(twice, 'content').mine.content).toBe(lines([2, 'mine'], [10, 'too'], [15, 'theirs']))
  })

  test('is not offered for the same line, nor for a single one', () => {
    const asked = receive(wrote(lines([2, 'mine'])), theirs(2, lines([2, 'theirs'])))
    expect(combined(asked, 'content')).toBeNull()
    expect(takeBoth(asked, 'content')).toBe(asked)
    expect(combined(receive(typed('Mine'), next({ title: 'Theirs' })), 'title')).toBeNull()
  })
})

describe('a save', () => {
  test('sends the touched fields only', () => {
    expect(submit(typed('Mine'), 'k').attempt).toEqual({ key: 'k', version: 1, body: { title: 'Mine' }, published: false })
  })

  test('without an answer is sent again as it was, whatever was typed since', () => {
    const lost = edit(submit(typed('Mine'), 'k1'), 'title', 'Mine and more')
    expect(submit(lost, 'k2').attempt).toMatchObject({ key: 'k1', body: { title: 'Mine' } })
  })

  test('that was refused starts anew', () => {
    const draft = refused(submit(typed('Mine'), 'k1'))
    expect(submit(draft, 'k2').attempt.key).toBe('k2')
  })

  test('leaves nothing to save', () => {
    const draft = saved(submit(typed('Mine'), 'k'), next({ title: 'Mine' }))
    expect(touched(draft)).toEqual([])
    expect(draft.attempt).toBeNull()
  })

  test('keeps what was typed while it was under way', () => {
    const during = edit(submit(typed('Mine'), 'k'), 'title', 'Mine and more')
    const draft = saved(during, next({ title: 'Mine' }))
    expect(draft.mine.title).toBe('Mine and more')
    expect(disputed(draft)).toEqual([])
    expect(touched(draft)).toEqual(['title'])
  })

  test('is not taken for somebody else when its event comes before its answer', () => {
    const during = edit(submit(typed('Mine'), 'k'), 'title', 'Mine and more')
    const heard = receive(during, next({ title: 'Mine' }))
    expect(disputed(heard)).toEqual([])
    expect(saved(heard, next({ title: 'Mine' })).mine.title).toBe('Mine and more')
  })

  test('whose answer was lost has landed when its values come by the socket', () => {
    expect(receive(submit(typed('Mine'), 'k'), next({ title: 'Mine' })).attempt).toBeNull()
    expect(receive(submit(typed('Mine'), 'k'), next({ category: 'Tech' })).attempt?.key).toBe('k')
  })

  test("takes the server's spelling of what was sent", () => {
    const sent = submit(typed(' Mine '), 'k')
    const heard = receive(sent, next({ title: 'Mine' }))
    const draft = saved(heard, next({ title: 'Mine' }))
    expect(draft.mine.title).toBe('Mine')
    expect(disputed(draft)).toEqual([])
  })

  test("that was merged brings the other's fields", () => {
    const draft = saved(submit(typed('Mine'), 'k'), next({ version: 3, title: 'Mine', category: 'Tech' }))
    expect(draft.mine).toMatchObject({ title: 'Mine', category: 'Tech' })
    expect(draft.version).toBe(3)
  })

  test('asks about a field that I began to type meanwhile and the merge changed', () => {
    const during = edit(submit(typed('Mine'), 'k'), 'category', 'My category')
    const draft = saved(during, next({ version: 3, title: 'Mine', category: 'Tech' }))
    expect(disputed(draft)).toEqual(['category'])
    expect(draft.mine.category).toBe('My category')
  })

  test('does not answer a question that came after it', () => {
    const sent = submit(typed('Mine'), 'k')
    const overwritten = receive(sent, next({ version: 3, title: 'Theirs' }))
    const draft = saved(overwritten, next({ version: 2, title: 'Mine' }))
    expect(disputed(draft)).toEqual(['title'])
    expect(draft.mine.title).toBe('Mine')
  })
})

describe('after a crash', () => {
  const stored = (draft: Draft): Stored => {
    const packed = pack(draft, 1000)
    if (!packed) throw new Error('nothing was packed')
    return packed
  }

  test('there is nothing to offer without changes', () => {
    expect(pack(start(v1), 1000)).toBeNull()
  })

  test('the text comes back over the same version', () => {
    const draft = resume(v1, stored(typed('Mine')))
    expect(draft.mine).toMatchObject({ title: 'Mine', category: 'News' })
    expect(touched(draft)).toEqual(['title'])
  })

  test('only touched fields are kept', () => {
    expect(stored(typed('Mine'))).toMatchObject({ base: { title: 'Old' }, mine: { title: 'Mine' } })
    expect(Object.keys(stored(typed('Mine')).mine)).toEqual(['title'])
  })

  test("others' changes since then are merged, and asked about where both changed", () => {
    const back = resume(next({ version: 4, category: 'Tech' }), stored(typed('Mine')))
    expect(back.mine).toMatchObject({ title: 'Mine', category: 'Tech' })
    expect(disputed(back)).toEqual([])
    expect(disputed(resume(next({ title: 'Theirs' }), stored(typed('Mine'))))).toEqual(['title'])
  })

  test('a save that was under way keeps its key, unless it has landed', () => {
    const sent = stored(submit(typed('Mine'), 'k'))
    expect(resume(v1, sent).attempt?.key).toBe('k')
    expect(resume(next({ title: 'Mine' }), sent).attempt).toBeNull()
    expect(resume(null, stored(submit(edit(start(null), 'title', 'New'), 'k'))).attempt?.key).toBe('k')
  })

  test('it survives JSON', () => {
    const asked = receive(typed('Mine'), next({ title: 'Theirs' }))
    const copy: Stored = JSON.parse(JSON.stringify(stored(asked)))
    const back = resume(next({ title: 'Theirs' }), copy)
    expect(back.mine.title).toBe('Mine')
    expect(disputed(back)).toEqual(['title'])
  })
})
