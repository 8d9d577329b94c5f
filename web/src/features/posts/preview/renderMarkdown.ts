import { unwrap } from '@wiredesk/client'
import { api } from '../../../api/client'

/** A render that takes longer than this is given up. */
const timeout = 20_000

/** The HTML that readers get for this Markdown. Not yet sanitized: only showBlocks may put it into a page. */
export async function renderMarkdown(content: string, signal: AbortSignal): Promise<string> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  const { html } = await unwrap(api.POST('/api/render', { body: { content }, signal: limited }))
  return html
}
