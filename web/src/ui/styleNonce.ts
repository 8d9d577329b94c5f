/** The nonce under which the server's Content-Security-Policy admits style elements. */
export function styleNonce(): string {
  return document.querySelector('meta[name=csp-nonce]')?.getAttribute('content') ?? ''
}
