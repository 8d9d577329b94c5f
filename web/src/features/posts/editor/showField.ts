import { fields, type Field } from '../data/fields'
import type { EditingState } from './editingState'

/** The id of a field's input; for the content, of an element around the editor. */
export const fieldId = (field: Field): string => `post-${field}`

/** The maximum wait of the focus for the content editor to load, in milliseconds. */
const loadWait = 10_000

/** Scrolls to a field and puts the focus into it. While the editor of the content is loading, it does so afterwards. */
export function showField(field: Field): void {
  const found = document.getElementById(fieldId(field))
  if (found === null) return
  if (field !== 'content') return focus(found, 'center')
  const input = contentInput(found)
  if (input !== null) return focus(input, 'nearest')
  const from = document.activeElement
  const observer = new MutationObserver(() => {
    const loaded = contentInput(found)
    if (loaded === null) return
    observer.disconnect()
    // The user may have gone elsewhere in the meantime.
    if (document.activeElement === from) focus(loaded, 'nearest')
  })
  observer.observe(found, { childList: true, subtree: true })
  setTimeout(() => observer.disconnect(), loadWait)
}

const contentInput = (found: HTMLElement): HTMLElement | null =>
  found.querySelector<HTMLElement>('[role=textbox][contenteditable], textarea')

function focus(input: HTMLElement, block: ScrollLogicalPosition): void {
  input.scrollIntoView({ block })
  input.focus({ preventScroll: true })
}

/** The first field of the form that was refused, or null. */
export const firstRefused = ({ refusals }: EditingState): Field | null => fields.find((field) => refusals[field]) ?? null
