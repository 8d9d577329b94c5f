const maxLength = 100
const invisible = /\p{Variation_Selector}|\p{Me}|(?!\p{Cf})\p{Default_Ignorable_Code_Point}/u
const mark = /\p{M}/u
const kept = /(?!\p{Lu})[\p{L}\p{Nd}\p{M}]/u

/** One code point for one, as in Go: "İ" becomes "i", and "Σ" at the end of a word "σ". */
const lowerCase = (letter: string): string => Array.from(letter.toLowerCase())[0] ?? ''

/** The slug that the server makes from a title (Slugify in internal/post), without the suffix of one that is taken. */
export function slugOfTitle(title: string): string {
  let slug = ''
  let length = 0
  let isGap = false
  for (const letter of Array.from(title, lowerCase)) {
    if (invisible.test(letter) || (mark.test(letter) && (length === 0 || isGap))) continue
    if (!kept.test(letter)) {
      isGap ||= length > 0 && letter !== "'" && letter !== '’'
      continue
    }
    if (length >= maxLength || (isGap && length + 1 >= maxLength)) break
    if (isGap) {
      slug += '-'
      length += 1
      isGap = false
    }
    slug += letter
    length += 1
  }
  return slug === '' ? 'post' : slug
}

/** Whether the server made the slug from the title: it adds a number to one that is taken. */
export function isSlugOfTitle(slug: string, title: string): boolean {
  const made = slugOfTitle(title)
  return slug === made || (slug.startsWith(`${made}-`) && /^\d+-*$/.test(slug.slice(made.length + 1)))
}
