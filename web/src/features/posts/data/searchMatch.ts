/** Where a text matches the search words. The rules are those of the server's index: internal/sqlstore/words.go. */

const accent = /\p{Script=Inherited}/u
const wordCharacter = /[\p{L}\p{N}\p{M}]/u
const unspacedScript =
  /ー|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}|\p{Script=Myanmar}/u

/** A word in lower case and without accents; `ends[i]` is where its character i ends in the text. */
type Word = { text: string; start: number; ends: number[] }

const isUnspaced = (character: string) => character >= '\u0e00' && unspacedScript.test(character)
const isAccent = (character: string) => character > '\u007f' && accent.test(character)

/** In scripts without spaces between words, each character and the next one make a word. */
function wordsOf(text: string): Word[] {
  const words: Word[] = []
  let open: 'word' | 'pair' | null = null
  let at = 0
  const append = (character: string, end: number) => {
    const word = words.at(-1)
    word?.ends.push(...Array.from({ length: character.length }, () => end))
    if (word) word.text += character
  }
  for (const source of text) {
    const end = at + source.length
    for (const character of source.normalize('NFKD').toLowerCase()) {
      if (isAccent(character)) {
        const last = words.at(-1)
        if (open !== null && last && last.ends.length > 0) last.ends[last.ends.length - 1] = end
      } else if (isUnspaced(character)) {
        if (open === 'pair') append(character, end)
        words.push({ text: '', start: at, ends: [] })
        append(character, end)
        open = 'pair'
      } else if (wordCharacter.test(character)) {
        if (open !== 'word') words.push({ text: '', start: at, ends: [] })
        append(character, end)
        open = 'word'
      } else {
        open = null
      }
    }
    at = end
  }
  return words
}

/** The beginning of a word, or the words of a phrase, the last of them as a beginning. */
export type SearchTerm = readonly string[]

const quote = /["“”„«»]/

/** Parses words, and phrases in quotation marks. A mark without its pair has no meaning. */
export function searchTerms(q: string): SearchTerm[] {
  const parts = q.split(quote)
  return parts.flatMap((part, index): SearchTerm[] => {
    const words = wordsOf(part).map(({ text }) => text)
    const isPhrase = index % 2 === 1 && index < parts.length - 1 && words.length > 0
    return isPhrase ? [words] : words.map((word) => [word])
  })
}

export type Match = { from: number; to: number }

/** The parts of the text that match one of the terms, in order and without overlaps. */
export function findMatches(text: string, terms: readonly SearchTerm[]): Match[] {
  if (terms.length === 0) return []
  const matches: Match[] = []
  const words = wordsOf(text)
  for (const [index, word] of words.entries()) {
    const to = Math.max(...terms.map((term) => endOfMatch(words, index, term)))
    const last = matches.at(-1)
    if (to < 0) continue
    if (last && word.start <= last.to) last.to = Math.max(last.to, to)
    else matches.push({ from: word.start, to })
  }
  return matches
}

/** Where the term ends that begins at the word with this index; -1 if it does not match there. */
function endOfMatch(words: readonly Word[], index: number, term: SearchTerm): number {
  const beginning = term.at(-1) ?? ''
  const last = words[index + term.length - 1]
  if (!last?.text.startsWith(beginning)) return -1
  const isInSequence = term.slice(0, -1).every((text, i) => words[index + i]?.text === text)
  return isInSequence ? (last.ends[beginning.length - 1] ?? -1) : -1
}
