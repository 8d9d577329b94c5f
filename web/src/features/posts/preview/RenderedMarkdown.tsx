import { Skeleton, Stack } from '@mantine/core'
import { ErrorNote } from '../../../ui/ErrorNote'
import classes from './preview.module.css'
import { RenderedHtml } from './RenderedHtml'
import { useRendering, useTextSource } from './useRendering'

/** Markdown as readers see it, for read views. Without an answer of the server it is shown as it was written. */
export function RenderedMarkdown({ text, label }: { text: string; label: string }) {
  const { html, problem } = useRendering(useTextSource(text))
  return (
    <section aria-label={label} aria-busy={html === null && problem === null} className={classes.read}>
      {html !== null && <RenderedHtml html={html} />}
      {html === null && problem === null && <Placeholder />}
      {html === null && problem !== null && (
        <>
          <ErrorNote message={`Couldn’t load the formatted text: ${problem}`} />
          <pre className={classes.source}>{text}</pre>
        </>
      )}
    </section>
  )
}

export function Placeholder() {
  return (
    <Stack gap="sm" aria-hidden>
      <Skeleton height={22} width="50%" />
      <Skeleton height={14} />
      <Skeleton height={14} />
      <Skeleton height={14} width="80%" />
    </Stack>
  )
}
