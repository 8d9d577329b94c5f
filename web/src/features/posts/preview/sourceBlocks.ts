import { GFM, parser } from '@lezer/markdown'
import type { SourceBlock } from './scrollMap'

const kinds: Record<string, string> = {
  Paragraph: 'p',
  SetextHeading1: 'h1',
  SetextHeading2: 'h2',
  BulletList: 'list',
  OrderedList: 'list',
  Blockquote: 'quote',
  FencedCode: 'code',
  CodeBlock: 'code',
  HorizontalRule: 'hr',
  Table: 'table',
}

const markdown = parser.configure(GFM)
/** How much of a block's text is kept. */
const textLength = 80

/** The top-level blocks of a Markdown text, with the lines at which they begin. */
export function sourceBlocks(text: string): SourceBlock[] {
  const blocks: SourceBlock[] = []
  let line = 1
  let at = 0
  for (let node = markdown.parse(text).topNode.firstChild; node; node = node.nextSibling) {
    for (let next = text.indexOf('\n', at); next >= 0 && next < node.from; next = text.indexOf('\n', at)) {
      line++
      at = next + 1
    }
    const kind = kinds[node.name] ?? /^ATXHeading(\d)$/.exec(node.name)?.[1]?.replace(/^/, 'h') ?? 'none'
    const start = text.slice(node.from, Math.min(node.to, node.from + textLength))
    const isFootnote = kind === 'p' && start.startsWith('[^')
    blocks.push({ line, kind: isFootnote ? 'none' : kind, text: kind === 'code' ? start.replace(/^.*\n/, '') : start })
  }
  return blocks
}
