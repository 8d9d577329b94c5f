import type { Field } from '../data/fields'
import type { Draft } from './draft'
import type { Refusal } from './editing'

const maxContentBytes = 250_000
/** UTF-8 takes at most three bytes for one unit of a string's length. */
const maxBytesPerUnit = 3
const encoder = new TextEncoder()
const number = new Intl.NumberFormat('en')

/** The fields that the server would refuse, found without asking it. */
export function checkDraft({ mine }: Draft): Partial<Record<Field, Refusal>> {
  return {
    ...(mine.title.trim() === '' && { title: { value: mine.title, message: 'Enter a title.' } }),
    ...(isTooLong(mine.content) && {
      content: {
        value: mine.content,
        message: `The content has ${number.format(encoder.encode(mine.content).length)} bytes. At most ${number.format(maxContentBytes)} can be saved.`,
      },
    }),
  }
}

const isTooLong = (text: string): boolean =>
  text.length * maxBytesPerUnit > maxContentBytes && encoder.encode(text).length > maxContentBytes
