import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { claimTab } from './tabs'

type Callback = (lock: { name: string } | null) => Promise<unknown> | undefined

/** The locks of a browser in which every page of the test runs. */
class FakeLocks {
  readonly held = new Set<string>()

  request = async (name: string, _options: object, callback: Callback): Promise<unknown> => {
    if (this.held.has(name)) return callback(null)
    this.held.add(name)
    return callback({ name })
  }

  query = async () => ({ held: [...this.held].map((name) => ({ name })) })
}

let locks: FakeLocks

beforeEach(() => {
  locks = new FakeLocks()
  vi.stubGlobal('navigator', { locks })
  sessionStorage.clear()
})
afterEach(() => vi.unstubAllGlobals())

test('a tab has the same name after a reload', async () => {
  const { id } = await claimTab()
  locks.held.clear()
  expect((await claimTab()).id).toBe(id)
})

test('a reload can begin before the old page is gone', async () => {
  const { id } = await claimTab()
  setTimeout(() => locks.held.clear(), 80)
  expect((await claimTab()).id).toBe(id)
})

test('a duplicated tab, with a copy of sessionStorage, gets a name of its own', async () => {
  const first = await claimTab()
  const second = await claimTab()
  expect(second.id).not.toBe(first.id)
  expect(await second.openTabs()).toEqual(new Set([first.id, second.id]))
})

test('without Web Locks, pages find each other by messages', async () => {
  vi.stubGlobal('navigator', {})
  const first = await claimTab()
  const second = await claimTab()
  expect(second.id).not.toBe(first.id)
  expect(await second.openTabs()).toEqual(new Set([first.id, second.id]))
})
