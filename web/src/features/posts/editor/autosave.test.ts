import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Post } from '@wiredesk/client'
import { aPost, apiError, mia } from '../../../testing/fixtures'
import { Autosave } from './autosave'
import type { PendingSave } from '../data/posts'
import { start } from './draft'
import { sameHistory } from './testPorts'
import { Editing } from './editing'

const v1 = aPost({ title: 'Old', content: '' })
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A form with autosave. The server answers with the given failures first, then stores every save. */
function begin(...failures: Error[]) {
  const sent: PendingSave[] = []
  const server = { delay: 0 }
  let post: Post = v1
  const update = async (_: number, save: PendingSave) => {
    sent.push(save)
    if (server.delay > 0) await new Promise((resolve) => setTimeout(resolve, server.delay))
    const failure = failures.shift()
    if (failure) throw failure
    post = { ...post, ...save.body, readTime: 1, version: post.version + 1, updatedBy: mia }
    return post
  }
  const never = () => Promise.reject(new Error('not expected'))
  let keys = 0
  const ports = { create: never, update, publish: never, changesSince: async () => [], newKey: () => `key ${++keys}`, ...sameHistory, now: Date.now }
  const editing = new Editing(start(v1), v1.id, mia.id, ports)
  const on = { value: true }
  const autosave = new Autosave(editing, { isOn: () => on.value, random: () => 1 })
  let text = ''
  const type = (letters: string) => editing.edit('content', (text += letters))
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
  return { editing, autosave, sent, server, type, pass, on }
}

test('saves two seconds after the last key, as an autosave', async () => {
  const { sent, type, pass } = begin()
  type('a')
  await pass(1_500)
  type('b')
  await pass(1_900)
  expect(sent).toHaveLength(0)
  await pass(100)
  expect(sent).toMatchObject([{ body: { content: 'ab' }, autosave: true }])
  await pass(60_000)
  expect(sent).toHaveLength(1)
})

test('saves every fifteen seconds while typing continues', async () => {
  const { sent, type, pass } = begin()
  for (let second = 0; second < 31; second += 1) {
    type('x')
    await pass(1_000)
  }
  expect(sent.map(({ body }) => body.content?.length)).toEqual([15, 30])
})

test('saves a long text less often', async () => {
  const { sent, type, pass } = begin()
  type('x'.repeat(200_000))
  await pass(3_900)
  expect(sent).toHaveLength(0)
  await pass(200)
  expect(sent).toHaveLength(1)
})

test('a text typed back to the saved one is not sent', async () => {
  const { editing, sent, pass } = begin()
  editing.edit('title', 'New')
  editing.edit('title', 'Old')
  await pass(60_000)
  expect(sent).toHaveLength(0)
})

test('keys typed during a save are saved after it', async () => {
  const { editing, sent, server, type, pass } = begin()
  server.delay = 3_000
  type('a')
  await pass(2_000)
  type('b')
  await pass(2_500)
  expect(editing.get().busy).toBe('saving')
  await pass(500 + 2_000)
  expect(sent.map(({ body }) => body.content)).toEqual(['a', 'ab'])
})

test('a failed save is retried as it was, with growing pauses', async () => {
  const { sent, type, pass } = begin(new TypeError('1'), new TypeError('2'), new TypeError('3'))
  type('a')
  await pass(2_000)
  expect(sent).toHaveLength(1)
  await pass(1_000)
  expect(sent).toHaveLength(2)
  type('b')
  await pass(1_900)
  expect(sent).toHaveLength(2)
  await pass(100)
  expect(sent).toHaveLength(3)
  await pass(4_000)
  expect(sent.slice(0, 4).map(({ key, body }) => [key, body.content])).toEqual(Array.from({ length: 4 }, () => ['key 1', 'a']))
  await pass(2_000)
  expect(sent.at(-1)?.body.content).toBe('ab')
})

test('a failed save is repeated at once when the server is back', async () => {
  const { editing, autosave, sent, type, pass } = begin(new TypeError('offline'))
  type('a')
  await editing.save()
  expect(editing.get().failure).not.toBeNull()
  autosave.nudge()
  await pass(0)
  expect(sent).toHaveLength(2)
  expect(editing.get().failure).toBeNull()
})

test('the server can ask for a pause', async () => {
  const { sent, type, pass } = begin(apiError(503, {}, { 'Retry-After': '7' }))
  type('a')
  await pass(2_000 + 6_900)
  expect(sent).toHaveLength(1)
  await pass(200)
  expect(sent).toHaveLength(2)
})

test('an ended session is not asked again before the new sign-in', async () => {
  const { autosave, sent, type, pass } = begin(apiError(401))
  type('a')
  await pass(120_000)
  expect(sent).toHaveLength(1)
  autosave.nudge()
  await pass(0)
  expect(sent.map(({ key }) => key)).toEqual(['key 1', 'key 1'])
})

test('a refused field is not sent again before it was changed', async () => {
  const { editing, sent, type, pass } = begin(apiError(422, { errors: [{ field: 'slug', message: 'No.' }] }))
  editing.edit('slug', 'taken')
  await pass(2_000)
  expect(sent).toHaveLength(1)
  type('a')
  await pass(60_000)
  expect(sent.map(({ body }) => Object.keys(body))).toEqual([['slug'], ['content']])
  editing.edit('slug', 'free')
  await pass(2_000)
  expect(sent.at(-1)?.body).toEqual({ slug: 'free' })
})

test('switched off it saves nothing, but still retries requested saves', async () => {
  const { editing, autosave, sent, type, pass, on } = begin(new TypeError('offline'))
  on.value = false
  type('a')
  autosave.flush()
  await pass(60_000)
  expect(sent).toHaveLength(0)
  await editing.save()
  await pass(1_000)
  expect(sent.map(({ key }) => key)).toEqual(['key 1', 'key 1'])
})

test('a hidden page saves at once', async () => {
  const { autosave, sent, type, pass } = begin()
  type('a')
  autosave.flush()
  await pass(0)
  expect(sent).toHaveLength(1)
})

test('nothing is sent while the post is deleted, and the text is when it is back', async () => {
  const { editing, autosave, sent, type, pass } = begin()
  editing.setBlock('deleted')
  type('a')
  await pass(60_000)
  expect(sent).toHaveLength(0)
  editing.setBlock(null)
  autosave.nudge()
  await pass(2_000)
  expect(sent).toHaveLength(1)
})

test('a save that met a deletion is repeated when a later version arrives, with or without the news of the deletion', async () => {
  const { editing, sent, type, pass } = begin(apiError(404))
  type('a')
  await pass(60_000)
  expect(sent).toHaveLength(1)
  editing.receive({ ...v1, version: 3 })
  await pass(2_000)
  expect(sent.map(({ version, body }) => [version, body.content])).toEqual([
    [1, 'a'],
    [3, 'a'],
  ])
})

test('a failure that ends while the post is deleted starts no save', async () => {
  const { editing, sent, type, pass } = begin(apiError(404))
  type('a')
  await pass(2_000)
  editing.setBlock('deleted')
  await pass(60_000)
  expect(sent).toHaveLength(1)
  editing.setBlock(null)
  await pass(2_000)
  expect(sent).toHaveLength(2)
})
