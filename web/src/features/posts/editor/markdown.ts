import createDOMPurify from 'dompurify'
import { Marked } from 'marked'

const marked = new Marked({ gfm: true, async: false })
const purify = createDOMPurify(window)

purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
})

/** Markdown as HTML from which everything was removed that could run, ask for input or leave its place on the page. */
export function toSafeHtml(markdown: string): string {
  return purify.sanitize(marked.parse(markdown, { async: false }), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'button', 'textarea', 'select', 'option'],
    FORBID_ATTR: ['style', 'class', 'id', 'name'],
  })
}
