import fc from 'fast-check'

/** Texts with few distinct lines, which are the hardest to align. */
export const letters = (maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b', '', 'a long line 😀'), { maxLength }).map((lines) => lines.join('\n'))
