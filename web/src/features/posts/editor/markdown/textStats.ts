const wordsPerMinute = 200
const maxReadTime = 1_000
/** The white space of Go's unicode.IsSpace, so that the count is the server's. */
const word = /[^\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g

/** The most bytes of UTF-8 that a content may have. */
export const maxBytes = 250_000
/** From here on the size is shown. */
const nearLimit = 225_000
const encoder = new TextEncoder()

export type TextStats = { words: number; minutes: number; /** Null when far from the limit. */ bytes: number | null }

export function countWords(text: string): number {
  let words = 0
  word.lastIndex = 0
  while (word.test(text)) words++
  return words
}

/** As post.ReadTime on the server computes it. */
export const readTime = (words: number) =>
  Math.min(Math.max(1, Math.floor((words + wordsPerMinute / 2) / wordsPerMinute)), maxReadTime)

/** A character has at most three bytes of UTF-8 for each unit of a string. */
export function countBytes(text: string): number | null {
  if (text.length * 3 < nearLimit) return null
  const bytes = encoder.encode(text).length
  return bytes < nearLimit ? null : bytes
}

export function textStats(text: string): TextStats {
  const words = countWords(text)
  return { words, minutes: readTime(words), bytes: countBytes(text) }
}
