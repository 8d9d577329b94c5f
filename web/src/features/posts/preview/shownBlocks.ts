import type { Block } from './scrollMap'

const kinds: Record<string, string> = { UL: 'list', OL: 'list', BLOCKQUOTE: 'quote', PRE: 'code' }
const same = /^(?:H[1-6]|P|HR|TABLE)$/
const textLength = 80

/** The blocks of the HTML that is shown in an element. */
export const shownBlocks = (host: Element): Block[] =>
  [...host.children].map((element) => ({
    kind: same.test(element.tagName) ? element.tagName.toLowerCase() : (kinds[element.tagName] ?? 'html'),
    text: (element.textContent || '').slice(0, textLength),
  }))
