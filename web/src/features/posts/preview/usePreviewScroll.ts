import { type Ref, type RefObject, useCallback, useImperativeHandle, useRef } from 'react'
import type { MappedBlock } from './mapBlocks'
import { lineAtTop, type Point, topOfLine } from './scrollMap'

export type PreviewHandle = {
  /** Scrolls so that the element of a Markdown line is at the top; the fraction counts. */
  scrollToLine: (line: number) => void
}

type Options = {
  scroller: RefObject<HTMLElement | null>
  content: RefObject<HTMLElement | null>
  /** The Markdown of the shown HTML. */
  text: string
  onScrollLine: ((line: number) => void) | undefined
  ref: Ref<PreviewHandle> | undefined
}

/** Lines of the Markdown and heights of the preview. The map is loaded and made at the first scroll. */
export function usePreviewScroll({ scroller, content, text, onScrollLine, ref }: Options) {
  const anchors = useRef<{ text: string; blocks: MappedBlock[] }>(null)
  const own = useRef<number>(null) // the height that scrollToLine has set

  const onShown = useCallback(() => {
    anchors.current = null
  }, [])

  const points = async (): Promise<Point[]> => {
    const [outer, inner] = [scroller.current, content.current]
    if (!outer || !inner) return []
    if (anchors.current?.text !== text) {
      const { mapBlocks } = await import('./mapBlocks')
      anchors.current = { text, blocks: mapBlocks(text, inner) }
    }
    const origin = outer.getBoundingClientRect().top - outer.scrollTop + outer.clientTop
    const found = anchors.current.blocks
      .filter(({ element }) => isLaidOut(element))
      .map(({ line, element }) => ({ line, top: element.getBoundingClientRect().top - origin }))
    const end = { line: text.split('\n').length + 1, top: outer.scrollHeight }
    return [{ line: 1, top: 0 }, ...found.filter(({ line }) => line > 1), end]
  }

  const scrollToLine = async (line: number) => {
    const known = await points()
    const outer = scroller.current
    if (!outer || known.length < 2) return
    scrollTo(outer, line <= 1 ? 0 : topOfLine(known, line))
    own.current = outer.scrollTop
  }

  const report = async () => {
    const outer = scroller.current
    if (!outer || !onScrollLine) return
    if (own.current !== null && Math.abs(outer.scrollTop - own.current) < 2) return
    own.current = null
    const known = await points()
    if (known.length >= 2) onScrollLine(lineAtTop(known, outer.scrollTop))
  }

  useImperativeHandle(ref, () => ({ scrollToLine: (line) => void scrollToLine(line) }))
  return { onScroll: () => void report(), onShown }
}

/** Blocks inside closed details have no place. */
const isLaidOut = (element: Element): boolean => element.closest('details:not([open]) > :not(summary)') === null

function scrollTo(element: HTMLElement, top: number): void {
  element.scrollTop = top
}
