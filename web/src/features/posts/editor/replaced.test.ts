import { expect, test } from 'vitest'
import type { Post } from '@wiredesk/client'
import { ana, aPost, mia } from '../../../testing/fixtures'
import type { PendingSave } from '../data/posts'
import { edit, pack, receive, replaceBase, start, unpack } from './draft'
import { Editing } from './editing'

const v7 = aPost({ title: 'Old', content: 'one\ntwo\nthree', version: 7 })
const v5 = aPost({ ...v7, content: 'one\nthree', version: 5, updatedBy: ana })

/** A form of v7 of the history e1, on a page that hears of the history `epoch` with the next save. */
function begin(now: Post | null, post: Post = v7) {
  const sent: PendingSave[] = []
  const server = { epoch: 'e1', known: 'e1' }
  const save = async (pending: PendingSave) => {
    sent.push(pending)
    return aPost({ ...(now ?? v7), ...pending.body, readTime: 1, version: pending.version + 1, updatedBy: mia })
  }
  const ports = {
    create: save,
    update: (_: number, pending: PendingSave) => save(pending),
    publish: () => Promise.reject(new Error('not expected')),
    changesSince: async () => [],
    read: async () => now,
    knownEpoch: () => server.known,
    epoch: async () => server.epoch,
    newKey: () => 'key',
    now: () => 1000,
  }
  const editing = new Editing(start(post), post.id, mia.id, ports)
  const restore = () => (server.epoch = 'e2')
  return { editing, sent, server, restore }
}

test.each([
  ['a lower version', v5],
  ['the same version with another text', aPost({ ...v5, version: 7 })],
  ['a higher version', aPost({ ...v5, version: 9 })],
])('%s of another history is never overwritten by a save: the text waits for a decision', async (_, now) => {
  const { editing, sent, restore } = begin(now)
  editing.edit('content', 'one\ntwo\nthree, mine')
  restore()
  expect(await editing.save({ autosave: true })).toBe('replaced')
  expect(await editing.save({ autosave: true })).toBe('conflict')
  expect(sent).toEqual([])
  expect(editing.get()).toMatchObject({ draft: { version: now.version, epoch: 'e2', mine: { content: 'one\ntwo\nthree, mine' } } })
  const theirs = editing.get().draft.base.content
  editing.resolve('content', 'decided', { mine: 'one\ntwo\nthree, mine', theirs })
  expect(await editing.save()).toBe('saved')
  expect(sent).toMatchObject([{ version: now.version, body: { content: 'decided' } }])
})

test('a form without changes shows the post as it is now', async () => {
  const { editing, restore } = begin(v5)
  restore()
  await editing.checkHistory()
  expect(editing.get().draft).toMatchObject({ version: 5, mine: { content: 'one\nthree' }, conflicts: {} })
  expect(editing.isUnsaved()).toBe(false)
})

test('versions of another history are not merged before the base is replaced', () => {
  const { editing, server } = begin(v5)
  server.known = 'e2'
  editing.receive(aPost({ ...v5, version: 9 }))
  expect(editing.get().draft.version).toBe(7)
})

test.each([
  ['does not exist', null],
  ['is another one with the same id', aPost({ ...v5, createdAt: '2020-01-01T00:00:00Z' })],
])('the text of a post that %s stays, and can be saved as a new post', async (_, now) => {
  const { editing, sent, restore } = begin(now)
  editing.edit('content', 'mine')
  restore()
  expect(await editing.save({ autosave: true })).toBe('replaced')
  expect(await editing.save()).toBe('blocked')
  expect(editing.get()).toMatchObject({ block: 'missing', draft: { mine: { content: 'mine' } } })
  await editing.saveAsNew()
  expect(sent).toMatchObject([{ version: 0, body: { title: 'Old', content: 'mine' } }])
  expect(editing.isUnsaved()).toBe(false)
})

test('a save without an answer is not repeated in another history', async () => {
  const draft = { ...edit(start(v7), 'title', 'Mine'), epoch: 'e1', pending: { key: 'k', version: 7, body: { title: 'Mine' }, autosave: true } }
  const next = replaceBase(draft, v5, 'e2')
  expect(next).toMatchObject({ version: 5, pending: null, mine: { title: 'Mine', content: 'one\nthree' } })
})

test('a stored draft names its history', () => {
  const stored = pack({ ...edit(start(v7), 'title', 'Mine'), epoch: 'e1' })
  if (stored === null) throw new Error('nothing is unsaved')
  expect(unpack(v5, stored)).toMatchObject({ epoch: 'e1', version: 7, createdAt: v7.createdAt })
})

test('a conflict with another history stays open when a later version would merge', () => {
  const draft = replaceBase({ ...edit(start(v7), 'content', 'mine'), epoch: 'e1' }, v5, 'e2')
  const later = receive(draft, aPost({ ...v5, version: 6, content: draft.conflicts.content?.base as string }))
  expect(later).toMatchObject({ version: 6, mine: { content: 'mine' }, conflicts: { content: { isReplaced: true } } })
})
