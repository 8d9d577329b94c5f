import { styleNonce } from '../ui/styleNonce'

/** Passes the nonce to the scroll lock of Mantine's dialogs, which reads it from webpack's global variable. */
export function shareStyleNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() })
}
