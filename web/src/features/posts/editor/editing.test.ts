import { expect, test, vi } from 'vitest'
import type { Post } from '@wiredesk/client'
import { ana, aPost, apiError, mia } from '../../../testing/fixtures'
import type { PendingSave } from '../data/posts'
import { conflictedFields, dirtyFields, pack, start, unpack, type Change } from './draft'
import { Editing } from './editing'
import { sameHistory } from './testPorts'

const v1 = aPost({ title: 'Old', content: 'one\ntwo\nthree' })
const lost = () => new TypeError('Failed to fetch')

const invalid = (field: string, message: string) => apiError(422, { errors: [{ field, message }] })

type Answer = Post | Error | (() => Post | Promise<Post>)

/** A form with a server that answers one by one: with a post, or with an error that is thrown. */
function begin(post: Post | null, ...answers: Answer[]) {
  const sent: PendingSave[] = []
  const published: { published: boolean; version: number | null }[] = []
  const answer = async () => {
    const next = answers.shift()
    if (next === undefined) throw new Error('not expected')
    if (next instanceof Error) throw next
    return typeof next === 'function' ? next() : next
  }
  const take = (save: PendingSave) => {
    sent.push(save)
    return answer()
  }
  const changesSince = vi.fn(async (): Promise<Change[]> => [])
  let keys = 0
  const ports = {
    create: take,
    update: (_: number, save: PendingSave) => take(save),
    publish: (_: number, isPublished: boolean, version: number | null) => {
      published.push({ published: isPublished, version })
      return answer()
    },
    changesSince,
    newKey: () => `key ${++keys}`, ...sameHistory,
    now: () => 1000,
  }
  return { editing: new Editing(start(post), post?.id ?? null, mia.id, ports), sent, published, answers, ports, changesSince }
}

const own = (over: Partial<Post>) => aPost({ ...v1, version: 2, updatedBy: mia, ...over })
const theirs = (over: Partial<Post>) => aPost({ ...v1, version: 2, updatedBy: ana, ...over })

test('a save sends the edited fields under its key, and leaves nothing to save', async () => {
  const { editing, sent } = begin(v1, own({ title: 'Mine' }))
  editing.edit('title', 'Mine')
  await expect(editing.save()).resolves.toBe('saved')
  expect(sent).toEqual([{ key: 'key 1', version: 1, body: { title: 'Mine' }, autosave: false }])
  expect(editing.get()).toMatchObject({ busy: null, failure: null, savedAt: 1000 })
  expect(editing.isUnsaved()).toBe(false)
})

test.each([
  ['the network', lost()],
  ['the database', apiError(503)],
  ['the session', apiError(401)],
])('a save that %s stopped is repeated under the same key, followed by later text', async (_, error) => {
  const { editing, sent } = begin(v1, error, own({ title: 'Mine' }), own({ title: 'Mine 2', version: 3 }))
  editing.edit('title', 'Mine')
  await expect(editing.save({ autosave: true })).resolves.toBe('failed')
  expect(editing.get()).toMatchObject({ busy: null, failure: error })
  editing.edit('title', 'Mine 2')
  await expect(editing.save()).resolves.toBe('saved')
  expect(sent.map(({ key, version, body, autosave }) => [key, version, body.title, autosave])).toEqual([
    ['key 1', 1, 'Mine', true],
    ['key 1', 1, 'Mine', true],
    ['key 3', 2, 'Mine 2', false],
  ])
})

test('a 412 that can be merged is merged and sent again by itself', async () => {
  const current = theirs({ content: 'one\ntwo\nTHREE' })
  const { editing, sent } = begin(v1, apiError(412, { current, conflicts: ['content'] }), own({ version: 3, content: 'ONE\ntwo\nTHREE' }))
  editing.edit('content', 'ONE\ntwo\nthree')
  await expect(editing.save()).resolves.toBe('saved')
  expect(sent.map(({ version, body }) => [version, body])).toEqual([
    [1, { content: 'ONE\ntwo\nthree' }],
    [2, { content: 'ONE\ntwo\nTHREE' }],
  ])
})

test('a conflict waits for the decision, and the other fields are saved meanwhile', async () => {
  const current = theirs({ title: 'Theirs' })
  const { editing, sent } = begin(
    v1,
    apiError(412, { current, conflicts: ['title'] }),
    own({ version: 3, title: 'Theirs', category: 'Tech' }),
    own({ version: 4, title: 'Mine', category: 'Tech' }),
  )
  editing.edit('title', 'Mine')
  editing.edit('category', 'Tech')
  await expect(editing.save()).resolves.toBe('conflict')
  expect(sent[1]).toMatchObject({ version: 2, body: { category: 'Tech' } })
  expect(conflictedFields(editing.get().draft)).toEqual(['title'])
  expect(editing.get().draft.mine.title).toBe('Mine')
  await expect(editing.save({ autosave: true })).resolves.toBe('conflict')
  expect(sent).toHaveLength(2)
  editing.resolve('title', 'Mine', { mine: 'Mine', theirs: 'Theirs' })
  await expect(editing.save()).resolves.toBe('saved')
  expect(sent[2]).toMatchObject({ version: 3, body: { title: 'Mine' } })
})

test('theirs, once taken, can be undone', () => {
  const { editing } = begin(v1)
  editing.edit('title', 'Mine')
  editing.receive(theirs({ title: 'Theirs' }))
  const undo = editing.resolve('title', 'Theirs', { mine: 'Mine', theirs: 'Theirs' })
  expect(editing.get().draft.mine.title).toBe('Theirs')
  undo()
  expect(editing.get().draft.mine.title).toBe('Mine')
  expect(conflictedFields(editing.get().draft)).toEqual(['title'])
})

test('a version that arrives while a save is under way waits for its answer', async () => {
  let finish: (post: Post) => void = () => undefined
  const { editing } = begin(v1, () => new Promise<Post>((resolve) => (finish = resolve)))
  editing.edit('title', 'Hello ')
  const save = editing.save()
  await vi.waitFor(() => expect(editing.get().busy).toBe('saving'))
  editing.receive(own({ title: 'Hello' }))
  editing.receive(theirs({ version: 3, title: 'Hello', category: 'Tech' }))
  editing.edit('title', 'Hello w')
  expect(editing.get().draft.version).toBe(1)
  finish(own({ title: 'Hello' }))
  await save
  expect(editing.get().draft).toMatchObject({ version: 3, mine: { title: 'Hello w', category: 'Tech' }, conflicts: {} })
})

test('a refused field has its reason, and the others are saved without it', async () => {
  const { editing, sent } = begin(v1, invalid('slug', 'This slug is already used.'), own({ title: 'Mine' }), own({ version: 3, slug: 'good' }))
  editing.edit('slug', 'taken')
  editing.edit('title', 'Mine')
  await expect(editing.save()).resolves.toBe('refused')
  expect(sent[1]?.body).toEqual({ title: 'Mine' })
  expect(editing.get().refusals.slug?.message).toBe('This slug is already used.')
  await expect(editing.save({ autosave: true })).resolves.toBe('refused')
  expect(sent).toHaveLength(2)
  editing.edit('slug', 'good')
  expect(editing.get().refusals).toEqual({})
  await expect(editing.save({ autosave: true })).resolves.toBe('saved')
})

test('a conflict with a version that is known is a failure, not sent for ever', async () => {
  const { editing, sent } = begin(v1, apiError(412, { current: v1, conflicts: ['title'] }))
  editing.edit('title', 'Mine')
  await expect(editing.save()).resolves.toBe('failed')
  expect(sent).toHaveLength(1)
})

test('saves run one after another, and an autosave does not wait', async () => {
  let finish: (post: Post) => void = () => undefined
  const { editing, sent } = begin(v1, () => new Promise<Post>((resolve) => (finish = resolve)))
  editing.edit('title', 'Mine')
  const first = editing.save()
  const second = editing.save()
  await vi.waitFor(() => expect(editing.get().busy).toBe('saving'))
  await expect(editing.save({ autosave: true })).resolves.toBe('busy')
  finish(own({ title: 'Mine' }))
  await expect(Promise.all([first, second])).resolves.toEqual(['saved', 'idle'])
  expect(sent).toHaveLength(1)
})

test('a new post is saved once it has a title', async () => {
  const { editing, sent } = begin(null, aPost({ title: 'New', content: 'text' }))
  editing.edit('content', 'text')
  await expect(editing.save({ autosave: true })).resolves.toBe('incomplete')
  expect(sent).toHaveLength(0)
  await editing.save()
  expect(editing.get().refusals.title?.message).toBe('Enter a title.')
  editing.edit('title', 'New')
  await expect(editing.save()).resolves.toBe('saved')
  expect(sent).toMatchObject([{ version: 0, body: { title: 'New', content: 'text' } }])
  expect(editing.get().postId).toBe(1)
})

test('an emptied title of a saved post is not sent, and the rest is', async () => {
  const { editing, sent } = begin(v1, own({ category: 'Tech' }))
  editing.edit('title', '')
  editing.edit('category', 'Tech')
  await editing.save({ autosave: true })
  expect(sent).toMatchObject([{ body: { category: 'Tech' } }])
  expect(editing.get().refusals).toEqual({})
})

test('a new post without an answer is not created twice, after a crash neither', async () => {
  const { editing, sent, ports } = begin(null, lost(), aPost({ title: 'New' }))
  editing.edit('title', 'New')
  await editing.save()
  const stored = pack(editing.get().draft)
  if (!stored) throw new Error('nothing was packed')
  const back = new Editing(unpack(null, stored), null, mia.id, ports)
  await back.save()
  expect(sent.map(({ key }) => key)).toEqual(['key 1', 'key 1'])
  expect(dirtyFields(back.get().draft)).toEqual([])
})

test('publishing saves first and publishes exactly the saved version', async () => {
  const { editing, sent, published } = begin(v1, own({ title: 'Mine' }), own({ title: 'Mine', version: 3, published: true, liveVersion: 3 }))
  editing.edit('title', 'Mine')
  await expect(editing.publish()).resolves.toMatchObject({ kind: 'done' })
  expect(sent).toHaveLength(1)
  expect(published).toEqual([{ published: true, version: 2 }])
})

test('publishing stops at a version of another user, and merges it', async () => {
  const { editing, published } = begin(v1, apiError(412, { current: theirs({ category: 'Tech' }), conflicts: [] }))
  await expect(editing.publish()).resolves.toEqual({ kind: 'changed', by: 'Ana' })
  expect(editing.get().draft).toMatchObject({ version: 2, mine: { category: 'Tech' } })
  expect(published).toHaveLength(1)
})

test('publishing stops before a text that could not be saved', async () => {
  const { editing, published } = begin(v1, lost())
  editing.edit('title', 'Mine')
  await expect(editing.publish()).resolves.toEqual({ kind: 'not-saved', result: 'failed' })
  expect(published).toEqual([])
})

test('unpublishing sends no text', async () => {
  const { editing, sent, published } = begin(aPost({ ...v1, published: true, liveVersion: 1 }), own({ published: false }))
  editing.edit('content', 'HALF-FINISHED SECRET')
  await editing.unpublish()
  expect(sent).toEqual([])
  expect(published).toEqual([{ published: false, version: null }])
  expect(editing.get().draft.mine.content).toBe('HALF-FINISHED SECRET')
  expect(dirtyFields(editing.get().draft)).toEqual(['content'])
})

test.each(['deleted', 'read-only'] as const)('nothing is sent while the form is blocked: %s', async (block) => {
  const { editing, sent } = begin(v1)
  editing.edit('title', 'Mine')
  editing.setBlock(block)
  await expect(editing.save()).resolves.toBe('blocked')
  expect(sent).toEqual([])
})

test('a save that met a deletion is sent again when the post was restored before its answer', async () => {
  const { editing, sent } = begin(
    v1,
    () => {
      editing.receive(theirs({ version: 3, category: 'Tech' }))
      throw apiError(404)
    },
    own({ version: 4, title: 'Mine', category: 'Tech' }),
  )
  editing.edit('title', 'Mine')
  await expect(editing.save({ autosave: true })).resolves.toBe('saved')
  expect(sent.map(({ key, version, body }) => [key, version, body])).toEqual([
    ['key 1', 1, { title: 'Mine' }],
    ['key 2', 3, { title: 'Mine' }],
  ])
  expect(editing.get().draft).toMatchObject({ version: 4, mine: { title: 'Mine', category: 'Tech' } })
})

test('a later version ends the failure of a save that met a deletion', async () => {
  const { editing } = begin(v1, apiError(404))
  editing.edit('title', 'Mine')
  await expect(editing.save()).resolves.toBe('failed')
  editing.receive(v1)
  expect(editing.get().failure).not.toBeNull()
  editing.receive(theirs({ version: 3 }))
  expect(editing.get()).toMatchObject({ failure: null, draft: { version: 3, mine: { title: 'Mine' } } })
})

test('the names behind a conflict are read from the history when versions were missed', async () => {
  const { editing, changesSince } = begin(v1)
  changesSince.mockResolvedValueOnce([
    { version: 2, by: { id: 4, name: 'Ben' }, at: '', fields: ['title'], isOwn: false },
    { version: 3, by: ana, at: '', fields: ['title'], isOwn: false },
  ])
  editing.edit('title', 'Mine')
  editing.receive(theirs({ version: 3, title: 'Theirs' }))
  await vi.waitFor(() => expect(editing.get().draft.changes).toHaveLength(2))
  expect(editing.get().draft.changes.map(({ by }) => by.name)).toEqual(['Ben', 'Ana'])
})
