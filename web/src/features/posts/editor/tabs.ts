import { randomId } from '@wiredesk/client'
/**
 * Names this tab. The name is in sessionStorage: it survives a reload and a restored session. A duplicated tab gets
 * a copy of sessionStorage, so the name counts only while this page holds the Web Lock of that name; a page that
 * finds it taken makes a new one. Without Web Locks (plain HTTP on a network address), pages ask each other by
 * BroadcastChannel.
 */

type Tab = {
  id: string
  /** The names of all tabs that are open in this browser, this one included. */
  openTabs: () => Promise<ReadonlySet<string>>
}

const storageKey = 'wiredesk.tab'
const lockPrefix = 'wiredesk-tab-'
const channelName = 'wiredesk-tabs'
/** A reloaded page can start before the lock of the old page is free: it tries so often, at this interval in milliseconds. */
const maxClaims = 5
const claimInterval = 60
/** The time for which answers of other tabs are collected, in milliseconds. */
const answerWait = 200

type Message = { kind: 'who' } | { kind: 'here'; id: string; page: string }

let claimed: Promise<Tab> | null = null

/** This page's tab; the same one at each call. */
export function thisTab(): Promise<Tab> {
  claimed ??= claimTab()
  return claimed
}

/** Claims the tab's name. Exported for tests: a page calls thisTab. */
export async function claimTab(): Promise<Tab> {
  const id = readId()
  const claim = 'locks' in navigator ? claimByLock : claimByChannel
  const tab = (id !== null && (await claim(id))) || (await claim(randomId()))
  if (!tab) throw new Error('This tab could not be named.')
  writeId(tab.id)
  return tab
}

function readId(): string | null {
  try {
    return sessionStorage.getItem(storageKey)
  } catch {
    return null
  }
}

function writeId(id: string): void {
  try {
    sessionStorage.setItem(storageKey, id)
  } catch {
    // Without sessionStorage each load is a tab of its own.
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function claimByLock(id: string): Promise<Tab | null> {
  for (let claim = 0; claim < maxClaims; claim += 1) {
    if (claim > 0) await pause(claimInterval)
    if (await holdLock(lockPrefix + id)) return { id, openTabs: heldTabs }
  }
  return null
}

/** Takes the lock until the page ends; false when another page has it. */
function holdLock(name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock === null ? undefined : new Promise<never>(() => undefined)
    })
    held.catch(reject)
  })
}

async function heldTabs(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query()
  const names = held.flatMap(({ name }) => (name?.startsWith(lockPrefix) ? [name.slice(lockPrefix.length)] : []))
  return new Set(names)
}

async function claimByChannel(id: string): Promise<Tab | null> {
  const page = randomId()
  const channel = new BroadcastChannel(channelName)
  const others = await openElsewhere(channel, page)
  if (others.has(id)) {
    channel.close()
    return null
  }
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'who') channel.postMessage({ kind: 'here', id, page } satisfies Message)
  })
  return { id, openTabs: async () => new Set([id, ...(await openElsewhere(channel, page))]) }
}

async function openElsewhere(channel: BroadcastChannel, page: string): Promise<Set<string>> {
  const ids = new Set<string>()
  const listen = ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'here' && data.page !== page) ids.add(data.id)
  }
  channel.addEventListener('message', listen)
  channel.postMessage({ kind: 'who' } satisfies Message)
  await pause(answerWait)
  channel.removeEventListener('message', listen)
  return ids
}
