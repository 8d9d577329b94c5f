import { textOutsideSlots } from './imageSlots'
import type { Block } from './scrollMap'

const kinds: Record<string, string> = { UL: 'list', OL: 'list', BLOCKQUOTE: 'quote', PRE: 'code' }
const same = /^(?:H[1-6]|P|HR|TABLE|LI)$/
const containers = 'details, div:not(.footnotes), center, figure, blockquote, ul, ol, li'
/** As in sourceBlocks: paragraphs of list items do not count. */
const inItems = 'ul, ol, blockquote, pre'
const textLength = 200

/** A block of the HTML and the element that it is. */
export type ShownBlock = Block & { element: HTMLElement }

/** The blocks of the HTML in an element. Of quotes, lists and raw HTML that holds Markdown also the blocks inside. */
export function shownBlocks(host: Element): ShownBlock[] {
  return [...host.children].flatMap((element) => {
    if (!(element instanceof HTMLElement) || (host.matches('li') && !element.matches(inItems))) return []
    const kind = same.test(element.tagName) ? element.tagName.toLowerCase() : (kinds[element.tagName] ?? 'html')
    const block = { kind, text: textOutsideSlots(element).slice(0, textLength), element }
    return element.matches(containers) ? [block, ...shownBlocks(element)] : [block]
  })
}
