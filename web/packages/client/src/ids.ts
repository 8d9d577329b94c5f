declare const brand: unique symbol

/** A post's id. The compiler accepts no other number. */
export type PostId = number & { readonly [brand]: 'PostId' }

/** Reads a post id from a URL segment; null when it is none. */
export function parsePostId(text: string | undefined): PostId | null {
  return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? (Number(text) as PostId) : null
}

/** A unique id: 128 random bits in hex. Works on plain HTTP, unlike randomUUID. */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

type AnyPost = { id: number; slug: string }

/** T with each post's `id` (an object that has a slug) as a PostId, at any depth. */
export type Branded<T> = T extends AnyPost
  ? { [K in keyof T]: K extends 'id' ? PostId : Branded<T[K]> }
  : T extends readonly (infer Item)[]
    ? Branded<Item>[]
    : T extends object
      ? { [K in keyof T]: Branded<T[K]> }
      : T
