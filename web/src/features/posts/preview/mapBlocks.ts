import { anchorsOf } from './scrollMap'
import { shownBlocks } from './shownBlocks'
import { sourceBlocks } from './sourceBlocks'

export type MappedBlock = { line: number; element: HTMLElement }

/** The elements in `host` that blocks of the Markdown became, with the lines of these. */
export function mapBlocks(text: string, host: HTMLElement): MappedBlock[] {
  const shown = shownBlocks(host)
  return anchorsOf(sourceBlocks(text), shown).flatMap(({ line, index }) => {
    const element = shown[index]?.element
    return element ? [{ line, element }] : []
  })
}
