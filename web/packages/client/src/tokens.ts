import type { Grant } from './types.ts'

/** An access token with its user. `expiresAt` is in milliseconds since 1970, by this computer's clock. */
export type StoredToken = { grant: Grant; expiresAt: number }

/**
 * Where a session keeps its access token. `load` is called once, at the session's construction; `save` after each change,
 * with null after a sign-out. The refresh token is not here: it is a cookie that scripts cannot read.
 */
export type TokenStore = {
  load: () => StoredToken | null
  save: (token: StoredToken | null) => void
}

/** Keeps nothing outside of the session: after a reload, Session.refresh gets a new token by the cookie. The default. */
export const memoryTokens: TokenStore = { load: () => null, save: () => undefined }

/** Keeps the token in sessionStorage or localStorage. Every script of the page's origin can read it there. */
export function webStorageTokens(storage: Storage, key = 'wiredesk-token'): TokenStore {
  return {
    load: () => parseToken(storage.getItem(key)),
    save: (token) => (token === null ? storage.removeItem(key) : storage.setItem(key, JSON.stringify(token))),
  }
}

function parseToken(text: string | null): StoredToken | null {
  try {
    const token = JSON.parse(text ?? 'null') as Partial<StoredToken> | null
    const isWhole = typeof token?.grant?.accessToken === 'string' && typeof token.expiresAt === 'number'
    return isWhole ? (token as StoredToken) : null
  } catch {
    return null
  }
}
