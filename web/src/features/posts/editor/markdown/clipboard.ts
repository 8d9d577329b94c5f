/** The parts of a paste that the editor uses. */
export type Pasted = { types: readonly string[]; html: string; text: string; hasFiles: boolean }

/** HTML above this size, in characters, is pasted as its text. */
const maxHtml = 2_000_000

const formatting = 'a[href],b,strong,i,em,s,del,strike,h1,h2,h3,h4,h5,h6,ul,ol,li,blockquote,pre,code,table,img,hr,sub,sup,kbd,mark'
const styled = /(?:^|;)\s*(?:font-weight\s*:\s*(?:bold|[6-9]00)|font-style\s*:\s*italic|text-decoration[^;]*line-through)/i

export function readClipboard(data: DataTransfer): Pasted {
  return {
    types: [...data.types],
    html: data.getData('text/html'),
    text: data.getData('text/plain'),
    hasFiles: data.files.length > 0,
  }
}

/** A document in which nothing is run and nothing is loaded. */
export const parseHtml = (html: string): Document => new DOMParser().parseFromString(html, 'text/html')

/** Whether a document is one block of preformatted text, as code editors and terminals copy it. */
function isCode({ body }: Document): boolean {
  const children = [...body.children].filter((element) => !['META', 'STYLE', 'BR'].includes(element.tagName))
  const [only] = children
  if (children.length !== 1 || !only) return false
  if (only.tagName === 'PRE') return true
  return /white-space\s*:\s*pre/i.test(only.getAttribute('style') ?? '') && !only.querySelector('a,h1,h2,h3,ul,ol,table,img')
}

/** The document to convert to Markdown, or null where the plain text is the better choice. */
export function richDocument({ types, html, text }: Pasted): Document | null {
  if (html === '' || html.length > maxHtml || types.includes('vscode-editor-data')) return null
  const parsed = parseHtml(html)
  if (text !== '' && isCode(parsed)) return null
  const isFormatted =
    parsed.body.querySelector(formatting) !== null ||
    [...parsed.body.querySelectorAll('[style]')].some((element) => styled.test(element.getAttribute('style') ?? ''))
  return isFormatted || text === '' ? parsed : null
}

/** A text that is one address, as a link's destination; null for every other text. */
export function asAddress(text: string): string | null {
  const address = text.trim()
  if (!/^(?:https?:\/\/|mailto:)\S+$/i.test(address)) return null
  return URL.canParse(address) ? address : null
}
