/**
 * After an upgrade of the server, open pages refer to code files that no longer exist. A page without unsaved text
 * then reloads itself; a page with unsaved text shows the failure and offers the reload.
 */

/** The minimum time between two automatic reloads, in milliseconds. */
const reloadInterval = 30_000
const reloadedAt = 'wiredesk.reloadedAt'

/** Reloads the page when a code file cannot be loaded (an event of Vite's) because the server has another build. */
export function reloadWhenStale(): void {
  window.addEventListener('vite:preloadError', () => {
    void isOtherBuild().then((isStale) => isStale && !hasUnsavedText() && reloadOnce())
  })
}

/** Whether a form on this page would ask before the page is closed. */
export function hasUnsavedText(): boolean {
  return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
}

/** Whether the server now serves another build than the one that this page runs. False when it is unreachable. */
export async function isOtherBuild(): Promise<boolean> {
  const running = document.querySelector<HTMLScriptElement>('script[type=module][src]')?.getAttribute('src')
  if (!running) return false
  const response = await fetch('/', { cache: 'no-store' }).catch(() => null)
  return response !== null && response.ok && !(await response.text()).includes(running)
}

function reloadOnce(): void {
  const last = Number(sessionStorage.getItem(reloadedAt) ?? 0)
  if (Date.now() - last < reloadInterval) return
  sessionStorage.setItem(reloadedAt, String(Date.now()))
  location.reload()
}
