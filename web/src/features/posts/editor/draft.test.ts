import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Post } from '@wiredesk/client'
import { ana, aPost, mia } from '../../../testing/fixtures'
import {
  changesBehind,
  conflictedFields,
  dirtyFields,
  edit,
  firstUnknown,
  note,
  pack,
  receive,
  refused,
  reopen,
  resolve,
  saved,
  sendableFields,
  start,
  submit,
  unpack,
  type Draft,
  type StoredDraft,
} from './draft'

const v1 = aPost({ version: 1, title: 'Old', category: 'News', tags: ['a'], content: 'one\ntwo\nthree\nfour' })
const ben = { id: 4, name: 'Ben' }
const next = (over: Partial<Post>): Post => aPost({ ...v1, version: 2, updatedBy: ana, ...over })
const typed = (title: string): Draft => edit(start(v1), 'title', title)
const wrote = (content: string): Draft => edit(start(v1), 'content', content)
const send = (draft: Draft, key = 'k') => submit(draft, sendableFields(draft), key, false)
const own = (over: Partial<Post>): Post => next({ updatedBy: mia, ...over })

describe('typing', () => {
  test('a fresh form has no changes', () => {
    expect(dirtyFields(start(v1))).toEqual([])
    expect(dirtyFields(start(null, { authorName: 'Mia' }))).toEqual([])
  })

  test('a field typed back to its base is not a change', () => {
    expect(dirtyFields(typed('Mine'))).toEqual(['title'])
    expect(dirtyFields(edit(typed('Mine'), 'title', 'Old'))).toEqual([])
  })

  test('white space around a line is not a change, as the server trims it; in the content it is', () => {
    expect(dirtyFields(typed('Old '))).toEqual([])
    expect(dirtyFields(wrote(`${v1.content} `))).toEqual(['content'])
  })
})

describe("another's change", () => {
  test('fills fields that were not edited, and moves the base', () => {
    const draft = receive(typed('Mine'), next({ category: 'Tech' }))
    expect(draft.mine).toMatchObject({ title: 'Mine', category: 'Tech' })
    expect(draft.version).toBe(2)
    expect(dirtyFields(draft)).toEqual(['title'])
    expect(conflictedFields(draft)).toEqual([])
  })

  test('of other lines of the content is merged', () => {
    const draft = receive(wrote('one!\ntwo\nthree\nfour'), next({ content: 'one\ntwo\nTHREE\nfour' }))
    expect(draft.mine.content).toBe('one!\ntwo\nTHREE\nfour')
    expect(conflictedFields(draft)).toEqual([])
    expect(dirtyFields(draft)).toEqual(['content'])
  })

  test('of the same line keeps mine and is a conflict with the common base', () => {
    const draft = receive(wrote('one!\ntwo\nthree\nfour'), next({ content: 'one?\ntwo\nthree\nfour' }))
    expect(draft.mine.content).toBe('one!\ntwo\nthree\nfour')
    expect(draft.conflicts.content).toEqual({ base: v1.content, since: 1 })
  })

  test('of the tags is merged as a set', () => {
    const draft = receive(edit(start(v1), 'tags', ['a', 'mine']), next({ tags: ['a', 'theirs'] }))
    expect([...draft.mine.tags].sort()).toEqual(['a', 'mine', 'theirs'])
    expect(conflictedFields(draft)).toEqual([])
  })

  test('of an edited line field is a conflict', () => {
    const draft = receive(typed('Mine'), next({ title: 'Theirs' }))
    expect(draft.mine.title).toBe('Mine')
    expect(conflictedFields(draft)).toEqual(['title'])
  })

  test('to the very same value is no conflict', () => {
    const draft = receive(typed('Same'), next({ title: 'Same' }))
    expect(conflictedFields(draft)).toEqual([])
    expect(dirtyFields(draft)).toEqual([])
  })

  test('that is late or repeated changes nothing', () => {
    const draft = receive(typed('Mine'), next({ title: 'Theirs' }))
    expect(receive(draft, next({ title: 'Theirs' }))).toBe(draft)
    expect(receive(draft, v1)).toBe(draft)
  })

  test('that its author reverts ends the conflict', () => {
    const conflict = receive(typed('Mine'), next({ title: 'Theirs' }))
    const back = receive(conflict, next({ version: 3, title: 'Old' }))
    expect(conflictedFields(back)).toEqual([])
    expect(back.mine.title).toBe('Mine')
    expect(dirtyFields(back)).toEqual(['title'])
  })

  test('is attributed to all authors of changes of the field, and to no others', () => {
    const version = (number: number, by: typeof ana, ...names: string[]) => ({ version: number, by, at: '', fields: names, isOwn: false })
    const known = note(typed('Mine'), version(2, ben, 'title'), version(3, { id: 9, name: 'Cat' }, 'slug'), version(4, ana, 'title'))
    const draft = receive(known, next({ version: 4, title: 'Theirs', slug: 's' }))
    expect(changesBehind(draft, 'title').map(({ by }) => by.name)).toEqual(['Ben', 'Ana'])
    expect(firstUnknown(draft)).toBeNull()
  })

  test('of missed versions asks for the names', () => {
    const draft = receive(typed('Mine'), next({ version: 5, title: 'Theirs' }))
    expect(firstUnknown(draft)).toBe(1)
  })
})

describe('a decision', () => {
  const asked = receive(typed('Mine'), next({ title: 'Theirs' }))
  const sides = { mine: 'Mine', theirs: 'Theirs' }

  test('for mine goes over theirs at the next save', () => {
    const draft = resolve(asked, 'title', 'Mine', sides)
    expect(conflictedFields(draft)).toEqual([])
    expect(send(draft).pending).toMatchObject({ version: 2, body: { title: 'Mine' } })
  })

  test('for theirs leaves nothing to save, and can be undone', () => {
    const draft = resolve(asked, 'title', 'Theirs', sides)
    expect(dirtyFields(draft)).toEqual([])
    const back = reopen(draft, 'title', 'Mine', { base: 'Old', since: 1 })
    expect(back.mine.title).toBe('Mine')
    expect(conflictedFields(back)).toEqual(['title'])
  })

  test('made on an older text is merged with the newer one', () => {
    const conflict = receive(wrote('mine\ntwo\nthree\nfour'), next({ content: 'theirs\ntwo\nthree\nfour' }))
    const shown = { mine: conflict.mine.content, theirs: conflict.base.content }
    const newer = receive(conflict, next({ version: 3, content: 'theirs\ntwo\nthree\nFOUR' }))
    const draft = resolve(newer, 'content', 'both\ntwo\nthree\nfour', shown)
    expect(draft.mine.content).toBe('both\ntwo\nthree\nFOUR')
    expect(conflictedFields(draft)).toEqual([])
  })

  test('made on an older text that contradicts the newer one is a conflict again', () => {
    const newer = receive(asked, next({ version: 3, title: 'Theirs again' }))
    const draft = resolve(newer, 'title', 'Mine', sides)
    expect(draft.conflicts.title).toMatchObject({ base: 'Theirs' })
  })

  test('keeps what was typed after the decision had begun', () => {
    const conflict = receive(wrote('mine\ntwo\nthree\nfour'), next({ content: 'theirs\ntwo\nthree\nfour' }))
    const shown = { mine: conflict.mine.content, theirs: conflict.base.content }
    const later = edit(conflict, 'content', 'mine\ntwo\nthree\nfour more')
    expect(resolve(later, 'content', shown.theirs, shown).mine.content).toBe('theirs\ntwo\nthree\nfour more')
    const contrary = edit(conflict, 'content', 'mine more\ntwo\nthree\nfour')
    expect(resolve(contrary, 'content', shown.theirs, shown)).toBe(contrary)
  })

  test('typing on does not end the conflict, typing theirs does', () => {
    expect(conflictedFields(edit(asked, 'title', 'Mine too'))).toEqual(['title'])
    expect(conflictedFields(edit(asked, 'title', 'Theirs'))).toEqual([])
  })

  test('is not needed to save the other fields', () => {
    const draft = edit(asked, 'category', 'Tech')
    expect(sendableFields(draft)).toEqual(['category'])
    expect(sendableFields(draft, ['category'])).toEqual([])
  })
})

describe('a save', () => {
  test('sends the edited fields only', () => {
    expect(send(typed('Mine')).pending).toEqual({ key: 'k', version: 1, body: { title: 'Mine' }, autosave: false })
  })

  test('of a new post sends prefilled fields as well', () => {
    const draft = edit(start(null, { authorName: 'Mia' }), 'title', 'New')
    expect(send(draft).pending).toMatchObject({ version: 0, body: { title: 'New', authorName: 'Mia' } })
  })

  test('without an answer is sent again as it was, without later typing', () => {
    const lost = edit(send(typed('Mine'), 'k1'), 'title', 'Mine and more')
    expect(send(lost, 'k2').pending).toMatchObject({ key: 'k1', body: { title: 'Mine' } })
  })

  test('that was refused starts anew', () => {
    expect(send(refused(send(typed('Mine'), 'k1')), 'k2').pending.key).toBe('k2')
  })

  test('leaves nothing to save', () => {
    const draft = saved(send(typed('Mine')), own({ title: 'Mine' }), mia.id)
    expect(dirtyFields(draft)).toEqual([])
    expect(draft.pending).toBeNull()
  })

  test('keeps text typed during the save', () => {
    const during = edit(send(wrote('one!\ntwo\nthree\nfour')), 'content', 'one!!\ntwo\nthree\nfour')
    const draft = saved(during, own({ content: 'one!\ntwo\nthree\nfour' }), mia.id)
    expect(draft.mine.content).toBe('one!!\ntwo\nthree\nfour')
    expect(dirtyFields(draft)).toEqual(['content'])
    expect(conflictedFields(draft)).toEqual([])
  })

  test('merges text typed during the save with the merge of the server', () => {
    const during = edit(send(wrote('one!\ntwo\nthree\nfour')), 'content', 'one!!\ntwo\nthree\nfour')
    const draft = saved(during, own({ version: 3, content: 'one!\ntwo\nthree\nFOUR' }), mia.id)
    expect(draft.mine.content).toBe('one!!\ntwo\nthree\nFOUR')
    expect(dirtyFields(draft)).toEqual(['content'])
  })

  test('does not trim the title while typing', () => {
    const during = edit(send(typed('Hello ')), 'title', 'Hello world')
    expect(saved(during, own({ title: 'Hello' }), mia.id).mine.title).toBe('Hello world')
    const still = saved(send(typed('Hello ')), own({ title: 'Hello' }), mia.id)
    expect(still.mine.title).toBe('Hello ')
    expect(dirtyFields(still)).toEqual([])
  })

  test('takes over values that the server computes, but not over typed ones', () => {
    const created = saved(send(edit(start(null), 'title', 'New')), aPost({ title: 'New', slug: 'new', readTime: 1 }), mia.id)
    expect(created.mine).toMatchObject({ slug: 'new', readTime: 1 })
    expect(dirtyFields(created)).toEqual([])
    const during = edit(send(edit(start(null), 'title', 'New')), 'slug', 'my-slug')
    const kept = saved(during, aPost({ title: 'New', slug: 'new' }), mia.id)
    expect(kept.mine.slug).toBe('my-slug')
    expect(conflictedFields(kept)).toEqual([])
    expect(dirtyFields(kept)).toEqual(['slug'])
  })

  test('of a new title requests a new slug while the slug is neither set by hand nor published', () => {
    const made = aPost({ ...v1, slug: 'old' })
    const retitled = send(edit(start(made), 'title', 'New'))
    expect(retitled.pending.body).toEqual({ title: 'New', slug: '' })
    const draft = saved(retitled, own({ title: 'New', slug: 'new' }), mia.id)
    expect(draft.mine.slug).toBe('new')
    expect(dirtyFields(draft)).toEqual([])
    const byHand = edit(start(aPost({ ...v1, slug: 'mine' })), 'title', 'New')
    expect(send(byHand).pending.body).toEqual({ title: 'New' })
    const known = edit(start(aPost({ ...made, publishedAt: v1.createdAt })), 'title', 'New')
    expect(send(known).pending.body).toEqual({ title: 'New' })
  })

  test('of an emptied slug takes the one that the server makes, unless another was typed meanwhile', () => {
    const emptied = send(edit(start(aPost({ ...v1, slug: 'mine' })), 'slug', ''))
    expect(emptied.pending.body).toEqual({ slug: '' })
    expect(saved(emptied, own({ slug: 'old' }), mia.id).mine.slug).toBe('old')
    const during = saved(edit(emptied, 'slug', 'typed'), own({ slug: 'old' }), mia.id)
    expect(during.mine.slug).toBe('typed')
    expect(conflictedFields(during)).toEqual([])
  })

  test('marks its version as own', () => {
    expect(saved(send(typed('Mine')), own({ title: 'Mine' }), mia.id).changes).toMatchObject([{ version: 2, isOwn: true }])
    expect(saved(send(typed('Mine')), next({ title: 'Mine' }), mia.id).changes).toMatchObject([{ version: 2, isOwn: false }])
  })
})

describe('after a crash', () => {
  const stored = (draft: Draft): StoredDraft => {
    const packed = pack(draft)
    if (!packed) throw new Error('nothing was packed')
    return structuredClone(packed)
  }
  const reopened = (post: Post, draft: Draft) => receive(unpack(post, stored(draft)), post)

  test('there is nothing to offer without changes', () => {
    expect(pack(start(v1))).toBeNull()
    expect(pack(start(null, { authorName: 'Mia' }))).toBeNull()
  })

  test('the text is back, over the same version or a later one', () => {
    expect(dirtyFields(reopened(v1, typed('Mine')))).toEqual(['title'])
    const later = reopened(next({ version: 4, category: 'Tech' }), typed('Mine'))
    expect(later.mine).toMatchObject({ title: 'Mine', category: 'Tech' })
    expect(conflictedFields(reopened(next({ title: 'Theirs' }), typed('Mine')))).toEqual(['title'])
  })

  test('a conflict is still one, with its base', () => {
    const asked = receive(typed('Mine'), next({ title: 'Theirs' }))
    expect(reopened(next({ title: 'Theirs' }), asked).conflicts.title).toEqual({ base: 'Old', since: 1 })
  })

  test('a save that was under way is repeated before a later version is taken', () => {
    const back = unpack(next({ title: 'Mine' }), stored(send(typed('Mine'))))
    expect(back).toMatchObject({ version: 1, pending: { key: 'k' }, base: { title: 'Old' } })
    expect(dirtyFields(saved(back, own({ title: 'Mine' }), mia.id))).toEqual([])
  })
})

/** Texts of a few different lines, where a search for similar lines would find the wrong place. */
const text = fc.array(fc.constantFrom('a', 'b', '', 'c'), { maxLength: 8 }).map((lines) => lines.join('\n'))

describe('for any texts', () => {
  test('a field that was not edited follows, and one that only I edited keeps my text', () => {
    fc.assert(
      fc.property(text, text, text, (base, mine, theirs) => {
        const post = aPost({ ...v1, content: base })
        expect(receive(start(post), next({ content: theirs })).mine.content).toBe(theirs)
        const edited = receive(edit(start(post), 'content', mine), next({ content: base, title: 'Theirs' }))
        expect(edited.mine.content).toBe(mine)
      }),
    )
  })

  test('a conflict never changes the text on the screen', () => {
    fc.assert(
      fc.property(text, text, text, text, (base, mine, first, second) => {
        const post = aPost({ ...v1, content: base })
        const one = receive(edit(start(post), 'content', mine), next({ content: first }))
        fc.pre(one.conflicts.content !== undefined)
        expect(one.mine.content).toBe(mine)
        const two = receive(one, next({ version: 3, content: second }))
        if (two.conflicts.content) expect(two.mine.content).toBe(mine)
      }),
    )
  })

  test('an event before the answer, or after it, leaves the same text', () => {
    fc.assert(
      fc.property(text, text, text, (base, sent, since) => {
        const post = aPost({ ...v1, content: base })
        const during = edit(send(edit(start(post), 'content', sent)), 'content', since)
        const answer = own({ content: sent })
        const after = receive(saved(during, answer, mia.id), answer)
        expect(after.mine.content).toBe(since)
        expect(dirtyFields(after)).toEqual(sent === since ? [] : ['content'])
      }),
    )
  })

  test('a crash and a reload change nothing', () => {
    fc.assert(
      fc.property(text, text, text, (base, mine, theirs) => {
        const post = aPost({ ...v1, content: base })
        const later = next({ content: theirs })
        const draft = edit(start(post), 'content', mine)
        const packed = pack(draft)
        const open = receive(draft, later)
        const reloaded = packed === null ? start(later) : receive(unpack(later, packed), later)
        expect(reloaded.mine).toEqual(open.mine)
        expect(reloaded.conflicts).toEqual(open.conflicts)
      }),
    )
  })
})
