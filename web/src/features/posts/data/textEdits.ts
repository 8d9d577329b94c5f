/** The difference of two texts as small edits, for applying a change from outside to an open editor. */
import { isHighSurrogate, isLowSurrogate, LineTable, lineEdits, type Lines } from './lineEdits'

/** Replaces the characters [from, to) of the old text. Offsets count UTF-16 units, as in an editor. */
export type TextEdit = { from: number; to: number; insert: string }

/**
 * The edits that make `b` of `a`, in order and apart from each other: by line first, by word inside changed lines, and
 * without the characters that both words start or end with; or the one edit between the common start and end of the
 * texts, where that is smaller. They split no surrogate pair and no emoji or letter with
 * marks.
 */
export function diffTexts(a: string, b: string): TextEdit[] {
  if (a === b) return []
  const lines = pieces(a, b, (text) => text.split('\n').map((line, i, all) => (i < all.length - 1 ? `${line}\n` : line)))
  const words = lines.flatMap((edit) => {
    const old = a.slice(edit.from, edit.to)
    if (old === '' || edit.insert === '') return [edit]
    return pieces(old, edit.insert, splitWords).map(({ from, to, insert }) => ({ from: edit.from + from, to: edit.from + to, insert }))
  })
  const edits = words.map((edit) => trim(a, edit))
  const middle = trim(a, { from: 0, to: a.length, insert: b })
  return widen(a, sizeOf([middle]) < sizeOf(edits) ? [middle] : edits)
}

/** How many characters the edits delete and insert. */
const sizeOf = (edits: readonly TextEdit[]): number =>
  edits.reduce((size, { from, to, insert }) => size + to - from + insert.length, 0)

const splitWords = (text: string): string[] => text.match(/[\p{L}\p{N}\p{M}]+|\s|[^\p{L}\p{N}\p{M}\s]/gu) ?? []

/** The edits between two texts that are split into pieces. */
function pieces(a: string, b: string, split: (text: string) => string[]): TextEdit[] {
  const table = new LineTable()
  const [old, now] = [table.text(split(a)), table.text(split(b))]
  const starts = offsets(old)
  return lineEdits(old, now, table.size).map(({ lo, hi, from, to }) => ({
    from: starts[lo >> 1] ?? 0,
    to: starts[hi >> 1] ?? 0,
    insert: now.lines.slice(from, to).join(''),
  }))
}

/** The offset of each piece, and of the end. */
function offsets({ lines }: Lines): number[] {
  let end = 0
  return [0, ...lines.map((line) => (end += line.length))]
}

/** Leaves out the characters that both texts start and end with. */
function trim(a: string, { from, to, insert }: TextEdit): TextEdit {
  let [start, end] = [0, insert.length]
  while (from < to && start < end && a.charCodeAt(from) === insert.charCodeAt(start)) {
    from++
    start++
  }
  while (from < to && start < end && a.charCodeAt(to - 1) === insert.charCodeAt(end - 1)) {
    to--
    end--
  }
  return { from, to, insert: insert.slice(start, end) }
}

/** Widens the edits to whole characters, as a reader sees them, and joins those that touch. */
function widen(a: string, edits: readonly TextEdit[]): TextEdit[] {
  const wide: TextEdit[] = []
  for (let i = 0; i < edits.length; ) {
    let edit = edits[i++] ?? { from: 0, to: 0, insert: '' }
    for (;;) {
      const next = edits[i]
      if (next?.from === edit.to) {
        edit = join(edit, next)
        i++
      } else if (splitsRight(a, edit)) edit = { ...edit, to: edit.to + 1, insert: edit.insert + a.charAt(edit.to) }
      else break
    }
    for (;;) {
      const previous = wide.at(-1)
      if (previous?.to === edit.from) {
        edit = join(previous, edit)
        wide.pop()
      } else if (splitsLeft(a, edit)) edit = { ...edit, from: edit.from - 1, insert: a.charAt(edit.from - 1) + edit.insert }
      else break
    }
    wide.push(edit)
  }
  return wide
}

const join = (first: TextEdit, second: TextEdit): TextEdit => ({
  from: first.from,
  to: second.to,
  insert: first.insert + second.insert,
})

function splitsLeft(a: string, { from, to, insert }: TextEdit): boolean {
  const before = a.slice(Math.max(from - 2, 0), from)
  return splits(before, a.slice(from, from + 2)) || splits(before, insert.slice(0, 2) + a.slice(to, to + 2))
}

function splitsRight(a: string, { from, to, insert }: TextEdit): boolean {
  const after = a.slice(to, to + 2)
  return splits(a.slice(Math.max(to - 2, 0), to), after) || splits(a.slice(Math.max(from - 2, 0), from) + insert.slice(-2), after)
}

/** Marks, the joiner and variation selectors of emoji, skin tones and tags: they are part of the character before. */
const joinsBefore = /^(?:\p{M}|\u200d|\p{Emoji_Modifier}|[\u{e0020}-\u{e007f}])/u
const startsWithFlag = /^[\u{1f1e6}-\u{1f1ff}]/u
const endsWithFlag = /[\u{1f1e6}-\u{1f1ff}]$/u

/** Whether the end of one text and the start of the next are one surrogate pair or shown as one character. */
function splits(left: string, right: string): boolean {
  if (left === '' || right === '') return false
  const before = left.charCodeAt(left.length - 1)
  const after = right.charCodeAt(0)
  if (before < 0x300 && after < 0x300) return false
  if (isHighSurrogate(before) && isLowSurrogate(after)) return true
  return before === 0x200d || joinsBefore.test(right) || (endsWithFlag.test(left) && startsWithFlag.test(right))
}
