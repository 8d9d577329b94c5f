/** The nonce under which the server's Content-Security-Policy admits style elements. */
export function styleNonce(): string {
  return document.querySelector('meta[name=csp-nonce]')?.getAttribute('content') ?? ''
}

/** Tells it to the scroll lock below Mantine's dialogs, which looks for it in webpack's global. */
export function shareStyleNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() })
}
