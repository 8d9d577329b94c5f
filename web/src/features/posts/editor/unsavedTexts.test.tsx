import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { listen, press } from '../../../testing/page'
import { aPost, me, mia } from '../../../testing/fixtures'
import { forget, listDrafts, listRejected, newSubject, postSubject, putDraft, recordKey, type DraftRecord } from './draftStorage'
import { thisTab } from './tabs'
import { clearStorage, content, has, open, retitle, saves, title, v1 } from './testEditor'

clearStorage()
listen()

const noon = new Date('2026-11-23T12:00:00').getTime()

/** A record as a tab leaves it behind that crashed. */
async function leave(tab: string, text: string, postId: number | null = 1): Promise<DraftRecord> {
  const subject = postId === null ? newSubject('earlier') : postSubject(postId)
  const field = postId === null ? 'content' : 'title'
  const base = postId === null ? { content: '' } : { title: 'Old' }
  const draft = { version: postId === null ? 0 : 1, base, mine: { [field]: text }, conflicts: {}, pending: null }
  const record = { key: recordKey(me.id, subject, tab), userId: me.id, subject, postId, tab, title: 'Mine', at: noon, draft }
  await putDraft(record)
  return record
}

const stored = () => listDrafts(me.id, postSubject(1))

test('typed text is in the storage half a second later, and gone when it is saved', async () => {
  has(v1, saves({ updatedBy: mia, title: 'Mine' }))
  await open()
  await retitle('Mine')
  await waitFor(async () => expect(await stored()).toMatchObject([{ draft: { mine: { title: 'Mine' }, base: { title: 'Old' } } }]))
  await press('Save')
  await waitFor(async () => expect(await stored()).toEqual([]))
})

test("this tab's text is back after a crash, and can be discarded and had back", async () => {
  has(v1)
  await leave((await thisTab()).id, 'Mine')
  await open()
  expect(await screen.findByText('Unsaved changes from 12:00 were restored.')).toBeVisible()
  expect(await title()).toHaveValue('Mine')
  await press('Discard changes')
  expect(await title()).toHaveValue('Old')
  expect(await screen.findByText(/Rejected text: your title was discarded/)).toBeVisible()
  await waitFor(async () => expect(await listRejected(me.id, postSubject(1))).toMatchObject([{ text: 'Mine' }]))
  await press('Dismiss')
  await waitFor(async () => expect(await listRejected(me.id, postSubject(1))).toEqual([]))
})

test("a closed tab's text is offered, not mixed in", async () => {
  has(v1)
  await leave('closed', 'From another tab')
  await open()
  expect(await screen.findByText('You have unsaved text from another tab, last edited at 12:00.')).toBeVisible()
  expect(await title()).toHaveValue('Old')
  await press('Restore')
  expect(await title()).toHaveValue('From another tab')
  await waitFor(async () => expect((await stored()).map(({ tab }) => tab)).toEqual([(await thisTab()).id]))
})

test("a closed tab's text can be deleted", async () => {
  has(v1)
  await leave('closed', 'From another tab')
  await open()
  await press('Delete')
  await waitFor(async () => expect(await stored()).toEqual([]))
  expect(await title()).toHaveValue('Old')
})

test('a new post starts empty and offers the earlier one', async () => {
  has(v1)
  await leave('closed', 'idea one', null)
  await open('/posts/new')
  expect(await screen.findByText('You have an unsaved new post of “Mine” from 12:00.')).toBeVisible()
  expect(await content()).toHaveValue('')
  await press('Restore')
  await waitFor(async () => expect(await content()).toHaveValue('idea one'))
})

test('a browser that cannot store is reported: the text can be saved before leaving', async () => {
  has(v1)
  forget()
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  await open()
  await retitle('Mine')
  expect(await screen.findByText(/can’t be backed up in this browser: its storage is full/)).toBeVisible()
})

test('a save without an answer is repeated under its key after a crash of the tab', async () => {
  const sent = has(aPost({ ...v1, version: 2, title: 'Mine', updatedBy: mia }), saves({ updatedBy: mia, title: 'Mine' }))
  const tab = (await thisTab()).id
  const pending = { key: 'k'.repeat(32), version: 1, body: { title: 'Mine' }, autosave: true }
  const record = await leave(tab, 'Mine and more')
  await putDraft({ ...record, draft: { ...record.draft, pending } })
  await open()
  await userEvent.click(await title())
  await press('Save')
  await waitFor(() => expect(sent[0]).toMatchObject({ key: pending.key, version: '"1"', body: { title: 'Mine' }, query: { autosave: 'true' } }))
  await waitFor(() => expect(sent[1]).toMatchObject({ version: '"2"', body: { title: 'Mine and more' } }))
})
