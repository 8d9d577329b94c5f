/** The browser's Navigation API, as far as it concerns the back and forward buttons. TypeScript does not know it yet. */

type TraverseEvent = Event & { navigationType: string; destination: { key: string; sameDocument: boolean } }

type Navigation = EventTarget & { traverseTo: (key: string) => unknown }

const isNavigation = (value: unknown): value is Navigation => value instanceof EventTarget && 'traverseTo' in value

function navigationOf(page: object): Navigation | null {
  return 'navigation' in page && isNavigation(page.navigation) ? page.navigation : null
}

/**
 * Asks before the back or forward button leaves the current entry; `allow` answers false to stay. Browsers without
 * the API leave without asking. Returns a function that stops it.
 */
export function onTraverse(allow: (entry: string) => boolean): () => void {
  const navigation = navigationOf(window)
  const listener = (event: Event) => {
    if (!isTraverse(event) || !event.cancelable || allow(event.destination.key)) return
    event.preventDefault()
  }
  navigation?.addEventListener('navigate', listener)
  return () => navigation?.removeEventListener('navigate', listener)
}

/** Goes to an entry of the history, known by its key. */
export function traverseTo(entry: string): void {
  navigationOf(window)?.traverseTo(entry)
}

const isTraverse = (event: Event): event is TraverseEvent =>
  'navigationType' in event && event.navigationType === 'traverse' && 'destination' in event
