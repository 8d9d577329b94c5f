import { RenderedMarkdown } from '../preview/RenderedMarkdown'

type Props = { text: string; label: string; className?: string | undefined }

/** Markdown as readers see it, in a box of the caller's. */
export function MarkdownView({ text, label, className }: Props) {
  return (
    <div className={className}>
      <RenderedMarkdown text={text} label={label} />
    </div>
  )
}
