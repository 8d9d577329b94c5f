import type { ExternalAddress } from '../../../ui/externalImages'
import classes from './images.module.css'
import { imageAddress } from './imageAddress'

/** The place of an image of another site in rendered HTML. React shows the image, or its placeholder, inside `element`. */
export type ImageSlot = {
  element: HTMLElement
  /** Unique in the page. */
  key: string
  address: ExternalAddress
  alt: string
  title: string | undefined
  width: string | undefined
  height: string | undefined
}

/** The HTML of the image before it became a slot, for slots in the page. */
const sources = new WeakMap<Element, string>()
const slots = new WeakMap<Element, ImageSlot>()
let created = 0

/**
 * Replaces the images of other sites inside `root` by slots, and removes all attributes that could load something from
 * elsewhere. `root` must belong to a document that loads nothing.
 */
export function makeImageSlots(root: ParentNode): void {
  for (const element of root.querySelectorAll('img, source')) {
    element.removeAttribute('srcset')
    const src = element.getAttribute('src')
    if (src === null) continue
    const address = imageAddress(src)
    if (address.kind === 'own') continue
    element.removeAttribute('src')
    if (address.kind === 'external' && element.matches('img')) element.replaceWith(makeSlot(element, address, src))
  }
}

function makeSlot(image: Element, { url, host }: ExternalAddress, src: string): HTMLElement {
  const element = image.ownerDocument.createElement('span')
  element.className = classes.slot ?? ''
  for (const name of ['align', 'lang', 'dir']) {
    const value = image.getAttribute(name)
    if (value !== null) element.setAttribute(name, value)
  }
  const read = (name: string) => image.getAttribute(name) ?? undefined
  slots.set(element, {
    element,
    key: String(++created),
    address: { url, host },
    alt: read('alt') ?? '',
    title: read('title'),
    width: read('width'),
    height: read('height'),
  })
  sources.set(element, `${src} ${image.outerHTML}`)
  return element
}

/**
 * Puts slots of `removed` in the place of new slots for the same image in `added`, with what they show: a loaded image is
 * moved and not loaded again, a placeholder stays as it is.
 */
export function reuseImageSlots(removed: readonly ChildNode[], added: readonly ChildNode[]): void {
  const old = new Map<string | undefined, HTMLElement[]>()
  for (const { element } of slotsIn(removed).reverse()) {
    const source = sources.get(element)
    const same = old.get(source)
    if (same) same.push(element)
    else old.set(source, [element])
  }
  if (old.size === 0) return
  for (const { element } of slotsIn(added)) {
    const same = old.get(sources.get(element))?.pop()
    if (same) element.replaceWith(same)
  }
}

/** The slots in these elements, in the order of the document. */
export function slotsIn(nodes: readonly ChildNode[]): ImageSlot[] {
  return nodes.flatMap((node) => {
    if (!(node instanceof HTMLElement)) return []
    return [node, ...node.querySelectorAll(`.${classes.slot}`)].flatMap((element) => slots.get(element) ?? [])
  })
}

/** The text of an element, without that of placeholders. */
export function textOutsideSlots(element: Element): string {
  const selector = `.${classes.slot}`
  if (element.matches(selector)) return ''
  if (element.querySelector(selector) === null) return element.textContent
  const copy = element.cloneNode(true) as Element
  for (const slot of copy.querySelectorAll(selector)) slot.remove()
  return copy.textContent
}
