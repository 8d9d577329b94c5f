import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@wiredesk/client'
import { MemoryText } from '../data/textSource'
import { Rendering } from './rendering'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

type Call = { text: string; signal: AbortSignal; answers: (html: string) => Promise<void>; fails: (error: unknown) => Promise<void> }

function setup(text = 'one') {
  const calls: Call[] = []
  const source = new MemoryText(text)
  const rendering = new Rendering(source, (rendered, signal) => {
    let resolve: (html: string) => void = () => undefined
    let reject: (error: unknown) => void = () => undefined
    const promise = new Promise<string>((...both) => ([resolve, reject] = both))
    const settle = async (done: () => void) => {
      done()
      await vi.advanceTimersByTimeAsync(0)
    }
    calls.push({ text: rendered, signal, answers: (html) => settle(() => resolve(html)), fails: (error) => settle(() => reject(error)) })
    return promise
  })
  const call = (n: number): Call => {
    const found = calls.at(n)
    if (!found) throw new Error(`there is no request ${n}`)
    return found
  }
  return { source, rendering, calls, call, stop: rendering.start() }
}

const refused = (status: number, detail: string, headers: Record<string, string> = {}) =>
  new ApiError(new Response(null, { status, headers }), { title: detail, detail })

test('renders at once, then after a pause in the changes', async () => {
  const { source, rendering, calls, call } = setup()
  expect(calls).toHaveLength(1)
  await call(0).answers('<p>one</p>')
  expect(rendering.get()).toEqual({ html: '<p>one</p>', text: 'one', problem: null })
  source.set('one t')
  await vi.advanceTimersByTimeAsync(200)
  source.set('one two')
  await vi.advanceTimersByTimeAsync(299)
  expect(calls).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(calls.map(({ text }) => text)).toEqual(['one', 'one two'])
})

test('one request at a time: one for an older text is aborted, and its late answer counts for nothing', async () => {
  const { source, rendering, call } = setup()
  source.set('two')
  await vi.advanceTimersByTimeAsync(300)
  expect(call(0).signal.aborted).toBe(true)
  await call(1).answers('<p>two</p>')
  await call(0).answers('<p>one</p>')
  expect(rendering.get().html).toBe('<p>two</p>')
})

test('a text that equals the shown one needs no request', async () => {
  const { source, rendering, calls, call } = setup()
  await call(0).answers('<p>one</p>')
  source.set('two')
  await vi.advanceTimersByTimeAsync(300)
  source.set('one')
  await vi.advanceTimersByTimeAsync(300)
  expect(calls).toHaveLength(2)
  expect(call(1).signal.aborted).toBe(true)
  expect(rendering.get()).toEqual({ html: '<p>one</p>', text: 'one', problem: null })
})

test('offline: the last HTML stays with the reason, until the browser is online', async () => {
  const { source, rendering, call } = setup()
  await call(0).answers('<p>one</p>')
  source.set('two')
  await vi.advanceTimersByTimeAsync(300)
  await call(1).fails(new TypeError('Failed to fetch'))
  expect(rendering.get()).toEqual({ html: '<p>one</p>', text: 'one', problem: 'offline' })
  window.dispatchEvent(new Event('online'))
  await call(2).answers('<p>two</p>')
  expect(rendering.get()).toEqual({ html: '<p>two</p>', text: 'two', problem: null })
})

test('a failure is tried again with backoff, and when the server names a time, then', async () => {
  const { calls, call } = setup()
  await call(0).fails(new TypeError('Failed to fetch'))
  await vi.advanceTimersByTimeAsync(5_000)
  await call(1).fails(new TypeError('Failed to fetch'))
  await vi.advanceTimersByTimeAsync(9_999)
  expect(calls).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  await call(2).fails(refused(503, 'Too many texts are being rendered.', { 'Retry-After': '2' }))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(calls).toHaveLength(4)
})

test('a text that the server refuses is not sent again before it changes', async () => {
  const { source, rendering, calls, call } = setup()
  await call(0).fails(refused(422, 'has a table of more than 50000 cells'))
  expect(rendering.get().problem).toBe('has a table of more than 50000 cells')
  await vi.advanceTimersByTimeAsync(600_000)
  expect(calls).toHaveLength(1)
  source.set('two')
  await vi.advanceTimersByTimeAsync(300)
  expect(calls).toHaveLength(2)
})

test('stopping aborts, and nothing follows', async () => {
  const { source, calls, call, stop } = setup()
  stop()
  expect(call(0).signal.aborted).toBe(true)
  source.set('two')
  window.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(600_000)
  expect(calls).toHaveLength(1)
})
