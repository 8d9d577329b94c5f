import { anchorsOf } from './scrollMap'
import { shownBlocks } from './shownBlocks'
import { sourceBlocks } from './sourceBlocks'

/** The elements in `host` that blocks of the Markdown became, with the lines of these. */
export function mapBlocks(text: string, host: HTMLElement): { lines: number[]; elements: HTMLElement[] } {
  const lines: number[] = []
  const elements: HTMLElement[] = []
  for (const { line, index } of anchorsOf(sourceBlocks(text), shownBlocks(host))) {
    const element = host.children[index]
    if (!(element instanceof HTMLElement)) continue
    lines.push(line)
    elements.push(element)
  }
  return { lines, elements }
}
