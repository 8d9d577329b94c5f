import { Typography } from '@mantine/core'
import { memo, useMemo } from 'react'
import { toSafeHtml } from './markdown'

type Props = { text: string; label: string; className?: string | undefined }

/** Markdown as readers will see it. */
export const MarkdownView = memo(function MarkdownView({ text, label, className }: Props) {
  const html = useMemo(() => ({ __html: toSafeHtml(text) }), [text])
  return (
    <section aria-label={label} className={className} tabIndex={0}>
      <Typography dangerouslySetInnerHTML={html} />
    </section>
  )
})
