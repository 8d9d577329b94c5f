/** The nonce under which the server's Content-Security-Policy admits style elements. */
export function styleNonce(): string {
  return document.querySelector('meta[name=csp-nonce]')?.getAttribute('content') ?? ''
}

/** Passes it to the scroll lock of Mantine's dialogs, which reads it from webpack's global variable. */
export function shareStyleNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() })
}
