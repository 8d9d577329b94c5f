import { useRef } from 'react'
import type { MarkdownEditorHandle } from './markdown/MarkdownEditor'
import type { PreviewHandle } from '../preview/usePreviewScroll'

/** While one side follows, its own scroll events are not passed back. */
const quiet = 250

/**
 * Scrolls editor and preview in step. Pass `editor` and `onEditorScroll` to MarkdownEditor as `ref` and `onScrollLine`,
 * `preview` and `onPreviewScroll` to Preview likewise.
 */
export function useScrollSync() {
  const editor = useRef<MarkdownEditorHandle>(null)
  const preview = useRef<PreviewHandle>(null)
  const following = useRef({ side: 'none', until: 0 })

  const lead = (side: 'editor' | 'preview', follower: 'editor' | 'preview', scroll: () => void) => {
    const now = performance.now()
    if (following.current.side === side && now < following.current.until) return
    following.current = { side: follower, until: now + quiet }
    scroll()
  }

  return {
    editor,
    preview,
    onEditorScroll: (line: number) => lead('editor', 'preview', () => preview.current?.scrollToLine(line)),
    onPreviewScroll: (line: number) => lead('preview', 'editor', () => editor.current?.scrollToLine(line)),
  }
}
