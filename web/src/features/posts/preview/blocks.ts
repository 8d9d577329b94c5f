import { makeImageSlots, reuseImageSlots } from './imageSlots'
import { parseHtml, sanitizeNodes } from './sanitizeHtml'

const withDirection = 'p, h1, h2, h3, h4, h5, h6, li, dt, dd, th, td, summary, figcaption, caption'

/** The HTML of the server for a block in the page, before it was sanitized and code was highlighted in it. */
const sources = new WeakMap<ChildNode, string>()

/**
 * Shows HTML in an element. Blocks at the beginning and at the end that stay the same are kept as they are, with their
 * loaded images, open details and highlighted code; only the others are sanitized and laid out again, so that the cost
 * follows the change and not the length of the text. Images of other sites become slots before they enter the page.
 * Returns the new elements.
 */
export function showBlocks(host: HTMLElement, html: string): HTMLElement[] {
  const root = parseHtml(html)
  const next = [...root.childNodes]
  const source = next.map(sourceOf)
  const old = [...host.childNodes]
  let start = 0
  while (start < Math.min(old.length, next.length) && isSame(old[start], source[start])) start++
  let end = 0
  while (end < Math.min(old.length, next.length) - start && isSame(old[old.length - 1 - end], source[next.length - 1 - end])) end++
  const after = old[old.length - end] ?? null
  const removed = old.slice(start, old.length - end)
  for (const node of removed) node.remove()
  const changed = next.slice(start, next.length - end)
  changed.forEach((node, i) => sources.set(node, source[start + i] ?? ''))
  root.replaceChildren(...changed)
  sanitizeNodes(root)
  for (const node of [...root.childNodes]) if (node instanceof HTMLImageElement) wrap(node)
  makeImageSlots(root)
  const added = [...root.childNodes]
  for (const node of added) {
    if (node instanceof HTMLElement) prepare(node)
    host.insertBefore(node, after)
  }
  reuseImageSlots(removed, added)
  return added.filter((node) => node instanceof HTMLElement)
}

const sourceOf = (node: ChildNode): string => (node instanceof Element ? node.outerHTML : `text:${node.textContent ?? ''}`)

const isSame = (node: ChildNode | undefined, source: string | undefined): boolean =>
  node !== undefined && source !== undefined && sources.get(node) === source

/** Puts a block that is an image into a span: the image may become a slot, and the span stays the same block. */
function wrap(image: HTMLImageElement): void {
  const box = image.ownerDocument.createElement('span')
  sources.set(box, sources.get(image) ?? '')
  image.replaceWith(box)
  box.append(image)
}

/** Adds what only the dashboard needs: direction by block, links in a new tab, lazy images, names of task boxes. */
function prepare(block: HTMLElement): void {
  for (const element of selfAndAll(block, withDirection)) if (!element.hasAttribute('dir')) element.setAttribute('dir', 'auto')
  for (const code of selfAndAll(block, 'pre')) code.setAttribute('dir', 'ltr')
  for (const link of selfAndAll(block, 'a[href]')) {
    if (link.getAttribute('href')?.startsWith('#')) continue
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer')
  }
  for (const image of selfAndAll(block, 'img')) {
    image.setAttribute('loading', 'lazy')
    image.setAttribute('referrerpolicy', 'no-referrer')
  }
  for (const box of selfAndAll(block, 'input')) box.setAttribute('aria-label', box.hasAttribute('checked') ? 'Done' : 'To do')
}

function selfAndAll(block: Element, selector: string): Element[] {
  const inside = [...block.querySelectorAll(selector)]
  return block.matches(selector) ? [block, ...inside] : inside
}
