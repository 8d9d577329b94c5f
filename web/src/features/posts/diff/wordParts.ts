import { deadlineIn, diffTokens, joinNear, wordsOf } from './tokenDiff'

export type WordPart = { kind: 'same' | 'removed' | 'added'; text: string }

/** A comparison falls back to one range after this many milliseconds. */
const budget = 50

/** Both texts as one sequence of words: unchanged, removed from `before`, and added in `after`. */
export function wordParts(before: string, after: string): WordPart[] {
  const a = wordsOf(before)
  const b = wordsOf(after)
  const parts: WordPart[] = []
  const add = (kind: WordPart['kind'], words: string[]) => words.length > 0 && parts.push({ kind, text: words.join('') })
  let end = 0
  for (const { fromA, toA, fromB, toB } of joinNear(diffTokens(a, b, deadlineIn(budget)), a)) {
    add('same', a.slice(end, fromA))
    add('removed', a.slice(fromA, toA))
    add('added', b.slice(fromB, toB))
    end = toA
  }
  add('same', a.slice(end))
  return parts
}
