import type { ExternalAddress } from '../../../ui/externalImages'

export type ImageAddress = { kind: 'own' } | ({ kind: 'external' } & ExternalAddress) | { kind: 'invalid' }

/**
 * Where the browser would load an image from. Own are images of the dashboard's own origin and data: URLs; they need no
 * consent. Other schemes than http and https, and addresses that are not URLs, are invalid.
 *
 * The dashboard's policy allows images of other sites over https only, so the URL of an http image becomes https: browsers
 * do the same on pages over https.
 */
export function imageAddress(src: string): ImageAddress {
  const url = parse(src)
  if (!url) return { kind: 'invalid' }
  if (url.protocol === 'data:') return { kind: 'own' }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { kind: 'invalid' }
  if (url.origin === window.location.origin) return { kind: 'own' }
  url.protocol = 'https:'
  return { kind: 'external', url: url.href, host: url.host }
}

function parse(src: string): URL | null {
  try {
    return new URL(src, document.baseURI)
  } catch {
    return null
  }
}
