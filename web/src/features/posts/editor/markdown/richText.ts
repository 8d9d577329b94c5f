import { gfm } from '@joplin/turndown-plugin-gfm'
import TurndownService from 'turndown'

/** Markdown made from rich text, and how many images were left out because only their data was given. */
type Converted = { markdown: string; droppedImages: number }

/** Elements that the server's renderer keeps and Markdown has no sign for. */
const kept = ['sub', 'sup', 'kbd', 'mark'] as const
const removed = 'script,style,title,head,meta,link,template,noscript,iframe,object,embed,form button,select,textarea,svg,canvas'
const attributes = new Set(['href', 'src', 'alt', 'title', 'align', 'start', 'checked', 'type', 'colspan'])
const webAddress = /^(?:https?:|mailto:)/i

/** Replaces an element by its children. */
const unwrap = (element: Element) => element.replaceWith(...element.childNodes)

function rename(element: Element, name: string): void {
  const next = element.ownerDocument.createElement(name)
  next.append(...element.childNodes)
  element.replaceWith(next)
}

const style = (element: Element) => element.getAttribute('style') ?? ''
const isBold = (element: Element) => /font-weight\s*:\s*(?:bold|[6-9]00)/i.test(style(element))
const isItalic = (element: Element) => /font-style\s*:\s*italic/i.test(style(element))
const isStruck = (element: Element) => /text-decoration[^;]*line-through/i.test(style(element))

/** Turns formats that word processors give as styles into elements. */
function readStyles(document: Document): void {
  // Google Docs wraps everything in a bold element of normal weight.
  for (const element of document.querySelectorAll('b,strong')) if (/font-weight\s*:\s*(?:normal|400)/i.test(style(element))) unwrap(element)
  for (const span of document.querySelectorAll('span[style],font[style]')) {
    const names = [isBold(span) && 'strong', isItalic(span) && 'em', isStruck(span) && 'del'].filter((name) => name !== false)
    if (span.closest('h1,h2,h3,h4,h5,h6') || span.textContent.trim() === '') continue
    const [outer, ...inner] = names
    if (outer === undefined) continue
    const content = inner.reduce<Node[]>(
      (nodes, name) => {
        const element = document.createElement(name)
        element.append(...nodes)
        return [element]
      },
      [...span.childNodes],
    )
    span.replaceChildren(...content)
    rename(span, outer)
  }
}

/** Removes images without an address on the web, and answers how many had their data in the address. */
function dropImages(document: Document): number {
  let dropped = 0
  for (const image of document.querySelectorAll('img')) {
    const src = image.getAttribute('src') ?? ''
    if (/^https?:/i.test(src)) continue
    if (src !== '') dropped++
    image.remove()
  }
  return dropped
}

/** Only attributes that Markdown has room for stay, and only addresses of the web. */
function cleanAttributes(document: Document): void {
  for (const element of document.body.querySelectorAll('*')) {
    const language = /(?:^|\s)(?:language|lang|highlight-source)-([\w+#-]+)/.exec(element.className.toString())?.[1]
    for (const { name } of [...element.attributes]) if (!attributes.has(name)) element.removeAttribute(name)
    if (language && /^(?:CODE|PRE|DIV)$/.test(element.tagName)) element.className = `language-${language}`
    const href = element.getAttribute('href')
    if (href !== null && !webAddress.test(href)) unwrap(element)
  }
}

/** Word's lists and empty paragraphs, and line breaks at the end of blocks, add nothing. */
function tidy(document: Document): void {
  for (const element of document.querySelectorAll('li > p:only-child')) unwrap(element)
  for (const element of document.querySelectorAll('a')) if (element.textContent.trim() === '' && !element.querySelector('img')) unwrap(element)
}

function service(): TurndownService {
  const turndown = new TurndownService({
    headingStyle: 'atx',
    hr: '---',
    bulletListMarker: '-',
    codeBlockStyle: 'fenced',
    emDelimiter: '*',
  })
  turndown.use(gfm)
  turndown.keep([...kept])
  turndown.addRule('listItem', {
    filter: 'li',
    replacement: (content, node) => {
      const parent = node.parentElement
      const start = Number(parent?.getAttribute('start') ?? 1)
      const index = parent ? [...parent.children].indexOf(node) : 0
      const mark = parent?.tagName === 'OL' ? `${start + index}. ` : '- '
      const text = content.trim().replace(/^(\[[ x]\])\s+/, '$1 ').replace(/\n/g, `\n${' '.repeat(mark.length)}`).replace(/^ +$/gm, '')
      return `${mark}${text}${node.nextElementSibling ? '\n' : ''}`
    },
  })
  return turndown
}

/** Converts a document from the clipboard to Markdown. It changes the document. */
export function toMarkdown(document: Document): Converted {
  for (const element of document.querySelectorAll(removed)) element.remove()
  const droppedImages = dropImages(document)
  readStyles(document)
  cleanAttributes(document)
  tidy(document)
  const markdown = service().turndown(document.body).replace(/\u00a0/g, ' ').replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n')
  return { markdown, droppedImages }
}
