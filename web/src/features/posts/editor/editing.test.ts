import { expect, test, vi } from 'vitest'
import { ApiError } from '../../../api/problem'
import type { Post } from '../../../api/types'
import { ana, aPost } from '../../../testing/fixtures'
import { disputed, edit, keepMine, pack, touched, type Attempt, type Draft } from './draft'
import { Editing } from './editing'

const v1 = aPost({ title: 'Old' })
const type = (title: string) => (draft: Draft) => edit(draft, 'title', title)

const refusal = (status: number, more: object = {}) =>
  new ApiError(new Response(null, { status }), { type: '', title: 'No', status, detail: 'No.', requestId: '', ...more })

/** An editing whose server answers one by one: with a post, or with an error that is thrown. */
function begin(post: Post | null, ...answers: (Post | Error)[]) {
  const sent: Attempt[] = []
  const send = vi.fn(async (attempt: Attempt) => {
    sent.push(attempt)
    const answer = answers.shift()
    if (answer === undefined) throw new Error('not expected')
    if (answer instanceof Error) throw answer
    return answer
  })
  let keys = 0
  return { editing: new Editing(post, null, send, () => `key ${++keys}`), sent, answers }
}

test('a save sends what was touched, under its key, and leaves nothing to save', async () => {
  const { editing, sent } = begin(v1, aPost({ title: 'Mine', version: 2 }))
  editing.step(type('Mine'))
  await expect(editing.save()).resolves.toMatchObject({ version: 2 })
  expect(sent).toEqual([{ key: 'key 1', version: 1, body: { title: 'Mine' }, published: false }])
  expect(editing.get()).toMatchObject({ isSaving: false, failure: null })
  expect(touched(editing.get().draft)).toEqual([])
})

test.each([
  ['the network', new TypeError('Failed to fetch')],
  ['the database', refusal(503)],
  ['the session', refusal(401)],
])('a save that %s stopped is sent again under the same key, and then what was typed since', async (_, error) => {
  const { editing, sent } = begin(v1, error, aPost({ title: 'Mine', version: 2 }), aPost({ title: 'Mine 2', version: 3 }))
  editing.step(type('Mine'))
  await expect(editing.save()).resolves.toBeNull()
  expect(editing.get()).toMatchObject({ isSaving: false, failure: error })
  editing.step(type('Mine 2'))
  await expect(editing.save()).resolves.toMatchObject({ version: 3 })
  expect(sent.map(({ key, version, body }) => [key, version, body.title])).toEqual([
    ['key 1', 1, 'Mine'],
    ['key 1', 1, 'Mine'],
    ['key 3', 2, 'Mine 2'],
  ])
})

test('a save that was refused keeps the text and starts anew', async () => {
  const { editing, sent } = begin(v1, refusal(422), aPost({ title: 'Good', version: 2 }))
  editing.step(type('Bad'))
  await editing.save()
  expect(editing.get().draft.mine.title).toBe('Bad')
  editing.step(type('Good'))
  await editing.save()
  expect(sent.map(({ key }) => key)).toEqual(['key 1', 'key 2'])
})

test('a conflict asks, sends nothing until the choice, and then goes over theirs', async () => {
  const current = aPost({ title: 'Theirs', version: 2, updatedBy: ana })
  const { editing, sent } = begin(v1, refusal(412, { current, conflicts: ['title'] }), aPost({ title: 'Mine', version: 3 }))
  editing.step(type('Mine'))
  await editing.save()
  expect(disputed(editing.get().draft)).toEqual(['title'])
  await expect(editing.save()).resolves.toBeNull()
  expect(sent).toHaveLength(1)
  editing.step((draft) => keepMine(draft, 'title'))
  await editing.save()
  expect(sent[1]).toMatchObject({ version: 2, body: { title: 'Mine' } })
})

test('a conflict about the same text is none', async () => {
  const current = aPost({ title: 'Same', version: 2, updatedBy: ana })
  const { editing, sent } = begin(v1, refusal(412, { current, conflicts: ['title'] }), aPost({ ...current, category: 'Tech', version: 3 }))
  editing.step(type('Same'))
  editing.step((draft) => edit(draft, 'category', 'Tech'))
  await expect(editing.save()).resolves.toMatchObject({ version: 3 })
  expect(sent.map(({ version, body }) => [version, body])).toEqual([
    [1, { title: 'Same', category: 'Tech' }],
    [2, { category: 'Tech' }],
  ])
})

test('a conflict with a version that is known is told, not sent for ever', async () => {
  const { editing, sent } = begin(v1, refusal(412, { current: v1, conflicts: ['title'] }))
  editing.step(type('Mine'))
  await expect(editing.save()).resolves.toBeNull()
  expect(sent).toHaveLength(1)
})

test('one save at a time', async () => {
  const { editing, sent } = begin(v1, aPost({ title: 'Mine', version: 2 }))
  editing.step(type('Mine'))
  const first = editing.save()
  await expect(editing.save()).resolves.toBeNull()
  await first
  expect(sent).toHaveLength(1)
})

test('a new post that was not answered is not created twice', async () => {
  const { editing, sent } = begin(null, new TypeError('Failed to fetch'), aPost({ title: 'New' }))
  editing.step(type('New'))
  await editing.save()
  const stored = pack(editing.get().draft, 1000)
  const back = new Editing(null, stored, async (attempt) => (sent.push(attempt), aPost({ title: 'New' })), () => 'other')
  expect(back.get().resumedAt).toBe(1000)
  await back.save()
  expect(sent.map(({ key }) => key)).toEqual(['key 1', 'key 1'])
})

test('what was discarded is gone', () => {
  const { editing } = begin(v1)
  editing.step(type('Mine'))
  editing.discard(v1)
  expect(editing.get().draft.mine.title).toBe('Old')
})
