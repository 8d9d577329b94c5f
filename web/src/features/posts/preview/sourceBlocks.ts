import { GFM, parser } from '@lezer/markdown'
import type { SourceBlock } from './scrollMap'

const kinds: Record<string, string> = {
  Paragraph: 'p',
  ATXHeading1: 'h1',
  ATXHeading2: 'h2',
  ATXHeading3: 'h3',
  ATXHeading4: 'h4',
  ATXHeading5: 'h5',
  ATXHeading6: 'h6',
  SetextHeading1: 'h1',
  SetextHeading2: 'h2',
  BulletList: 'list',
  OrderedList: 'list',
  ListItem: 'li',
  Blockquote: 'quote',
  FencedCode: 'code',
  CodeBlock: 'code',
  HorizontalRule: 'hr',
  Table: 'table',
}

const containers = new Set(['BulletList', 'OrderedList', 'ListItem', 'Blockquote'])
/** What counts inside a list item; its paragraphs do not, because those of tight lists are no elements. */
const inItems = new Set(['BulletList', 'OrderedList', 'Blockquote', 'FencedCode'])

const markdown = parser.configure(GFM)

type SyntaxNode = ReturnType<typeof markdown.parse>['topNode']

/** How much of a block's text is kept. */
const textLength = 200

/** The blocks of a Markdown text, those in quotes and lists included, with the lines at which they begin. */
export function sourceBlocks(text: string): SourceBlock[] {
  const blocks: SourceBlock[] = []
  let line = 1
  let at = 0
  const visit = (parent: SyntaxNode) => {
    for (let node = parent.firstChild; node; node = node.nextSibling) {
      if (parent.name === 'ListItem' ? !inItems.has(node.name) : node.name.endsWith('Mark')) continue
      for (let next = text.indexOf('\n', at); next >= 0 && next < node.from; next = text.indexOf('\n', at)) {
        line++
        at = next + 1
      }
      blocks.push({ line, ...described(node.name, text.slice(node.from, Math.min(node.to, node.from + textLength))) })
      if (containers.has(node.name)) visit(node)
    }
  }
  visit(markdown.parse(text).topNode)
  return blocks
}

function described(name: string, start: string): { kind: string; text: string } {
  const kind = kinds[name] ?? 'none'
  if (kind === 'code') return { kind, text: start.replace(/^.*\n/, '') }
  const isFootnote = kind === 'p' && start.startsWith('[^')
  return { kind: isFootnote ? 'none' : kind, text: start.replace(/\]\([^)]*\)|\]\[[^\]]*\]|<[^>]*>/g, '') }
}
