import { useSyncExternalStore } from 'react'

/**
 * Which images of other sites may load. A host is allowed until it is removed, an image until the page is reloaded.
 * Hosts are kept in this browser, separately for each user; a user of null stores nothing.
 */

/** An image of another site. */
export type ExternalAddress = { url: string; host: string }

type User = number | null
type Allowed = { user: User; hosts: readonly string[]; urls: ReadonlyMap<string, string> }

/** The oldest are dropped beyond these numbers. */
const maxHosts = 100
const maxUrls = 1_000
const longestHost = 300

const watchers = new Set<() => void>()
let current: Allowed | null = null

const keyOf = (user: User): string => `wiredesk.imageHosts.${user}`

export const imageHosts = (user: User): readonly string[] => allowedFor(user).hosts

export function isImageAllowed(user: User, { url, host }: ExternalAddress): boolean {
  const { hosts, urls } = allowedFor(user)
  return hosts.includes(host) || urls.has(url)
}

/** Allows one image until the page is reloaded. */
export function allowImage(user: User, { url, host }: ExternalAddress): void {
  const old = allowedFor(user)
  const urls = [...old.urls].filter(([other]) => other !== url)
  change({ ...old, urls: new Map([...urls, [url, host] as const].slice(-maxUrls)) })
}

/** Allows all images of a host, also after a reload. */
export function allowImageHost(user: User, host: string): void {
  const old = allowedFor(user)
  store({ ...old, hosts: [...old.hosts.filter((other) => other !== host), host].slice(-maxHosts) })
}

/** Images of the host need a click again, those that were clicked included. */
export function removeImageHost(user: User, host: string): void {
  const old = allowedFor(user)
  store({
    ...old,
    hosts: old.hosts.filter((other) => other !== host),
    urls: new Map([...old.urls].filter(([, other]) => other !== host)),
  })
}

export const clearImageHosts = (user: User): void => store({ user, hosts: [], urls: new Map() })

export const useImageHosts = (user: User): readonly string[] => useSyncExternalStore(watch, () => imageHosts(user))

export const useImageAllowed = (user: User, address: ExternalAddress): boolean =>
  useSyncExternalStore(watch, () => isImageAllowed(user, address))

function allowedFor(user: User): Allowed {
  if (current?.user !== user) current = { user, hosts: read(user), urls: new Map() }
  return current
}

function store(allowed: Allowed): void {
  try {
    if (allowed.user === null) return
    if (allowed.hosts.length > 0) localStorage.setItem(keyOf(allowed.user), JSON.stringify(allowed.hosts))
    else localStorage.removeItem(keyOf(allowed.user))
  } catch {
    // The choice is then lost with the page.
  } finally {
    change(allowed)
  }
}

function change(allowed: Allowed): void {
  current = allowed
  for (const watcher of [...watchers]) watcher()
}

function read(user: User): readonly string[] {
  try {
    const stored: unknown = user === null ? [] : JSON.parse(localStorage.getItem(keyOf(user)) ?? '[]')
    if (!Array.isArray(stored)) return []
    return stored.filter((host): host is string => typeof host === 'string' && host.length <= longestHost).slice(-maxHosts)
  } catch {
    return []
  }
}

function watch(watcher: () => void): () => void {
  if (watchers.size === 0) window.addEventListener('storage', onStorage)
  watchers.add(watcher)
  return () => {
    watchers.delete(watcher)
    if (watchers.size === 0) window.removeEventListener('storage', onStorage)
  }
}

/** Another tab has changed the hosts, or cleared all that is stored. */
function onStorage({ key }: StorageEvent): void {
  if (!current || (key !== null && key !== keyOf(current.user))) return
  change({ ...current, hosts: read(current.user) })
}
