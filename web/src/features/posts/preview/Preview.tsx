import { Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type Ref, useRef } from 'react'
import classes from './preview.module.css'
import { RenderedHtml } from './RenderedHtml'
import { Placeholder } from './RenderedMarkdown'
import type { WatchedText } from './rendering'
import { usePreviewScroll, type PreviewHandle } from './usePreviewScroll'
import { useRendering } from './useRendering'

type Props = {
  /** The Markdown; a TextSource will do. */
  source: WatchedText
  label: string
  className?: string | undefined
  /** The line of the Markdown at the top of the preview, after its user has scrolled it. */
  onScrollLine?: (line: number) => void
  ref?: Ref<PreviewHandle>
}

/** The published look of a text that is being written. */
export function Preview({ source, label, className, onScrollLine, ref }: Props) {
  const { html, text, problem } = useRendering(source)
  const scroller = useRef<HTMLElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const { onScroll, onShown } = usePreviewScroll({ scroller, content, text, onScrollLine, ref })
  return (
    <div className={classes.frame}>
      <section ref={scroller} aria-label={label} className={className ?? classes.preview} tabIndex={0} onScroll={onScroll}>
        {html === null ? <Placeholder /> : <RenderedHtml html={html} ref={content} onShown={onShown} />}
      </section>
      <div role="status" className={classes.status}>
        {problem !== null && (
          <Text size="xs" className={classes.problem}>
            <IconAlertTriangle size={14} aria-hidden /> Preview is out of date: {problem}
          </Text>
        )}
      </div>
    </div>
  )
}
