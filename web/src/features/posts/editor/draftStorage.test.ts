import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import {
  deleteUnsavedTexts,
  forget,
  listDrafts,
  listRejected,
  listUnsavedTexts,
  newSubject,
  onBeforeListing,
  postSubject,
  putDraft,
  putRejected,
  recordKey,
  type DraftRecord,
} from './draftStorage'
import { moveLegacyDrafts } from './legacyDrafts'

afterEach(() => {
  forget()
  localStorage.clear()
  indexedDB = new IDBFactory()
})

const record = (userId: number, postId: number | null, tab: string, at = 0): DraftRecord => {
  const subject = postId === null ? newSubject('n') : postSubject(postId)
  const draft = { version: 1, base: { title: '' }, mine: { title: 'Mine' }, conflicts: {}, pending: null }
  return { key: recordKey(userId, subject, tab), userId, subject, postId, tab, title: `${tab}'s`, at, draft }
}

test('each tab has its own record of a post', async () => {
  await putDraft(record(1, 5, 'a', 1))
  await putDraft(record(1, 5, 'b', 2))
  await putDraft(record(1, 6, 'a'))
  await putDraft(record(2, 5, 'a'))
  expect((await listDrafts(1, postSubject(5))).map(({ tab }) => tab)).toEqual(['b', 'a'])
})

test('nothing is evicted, however many there are', async () => {
  for (let post = 1; post <= 60; post += 1) await putDraft(record(1, post, 'a'))
  expect(await listUnsavedTexts(1)).toHaveLength(60)
})

test('a sign-out can list and delete the texts of its user, and of no other', async () => {
  await putDraft(record(1, 5, 'a'))
  await putDraft(record(1, null, 'a'))
  await putDraft(record(2, 5, 'a'))
  const rejected = { key: 'r', userId: 1, subject: postSubject(5), field: 'title' as const, text: 'x', at: 0, reason: 'conflict' as const }
  await putRejected(rejected)
  expect(await listUnsavedTexts(1)).toHaveLength(3)
  await deleteUnsavedTexts(1)
  expect(await listUnsavedTexts(1)).toEqual([])
  expect(await listRejected(1, postSubject(5))).toEqual([])
  expect(await listUnsavedTexts(2)).toHaveLength(1)
})

test('open forms store their text before the texts are listed', async () => {
  const finish = vi.fn(() => putDraft(record(1, 5, 'a')))
  const end = onBeforeListing(finish)
  expect(await listUnsavedTexts(1)).toHaveLength(1)
  end()
  await listUnsavedTexts(1)
  expect(finish).toHaveBeenCalledOnce()
})

test('a browser that forbids the storage is an error, and the next call tries again', async () => {
  const broken = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('no', 'SecurityError')
  })
  await expect(putDraft(record(1, 5, 'a'))).rejects.toThrow('no')
  broken.mockRestore()
  await putDraft(record(1, 5, 'a'))
})

test('texts of builds before this storage are moved into it', async () => {
  const old = { version: 3, at: 7, base: { title: 'Old' }, mine: { title: 'Mine' }, conflicts: {}, attempt: null }
  localStorage.setItem('wiredesk.draft.1.5', JSON.stringify(old))
  localStorage.setItem('wiredesk.draft.1.new', JSON.stringify({ ...old, version: 0 }))
  localStorage.setItem('wiredesk.draft.2.5', 'not JSON')
  await moveLegacyDrafts(1)
  expect(await listDrafts(1, postSubject(5))).toMatchObject([{ at: 7, draft: { version: 3, mine: { title: 'Mine' } } }])
  expect(await listDrafts(1, 'new-')).toHaveLength(1)
  expect(Object.keys(localStorage)).toEqual(['wiredesk.draft.2.5'])
})
