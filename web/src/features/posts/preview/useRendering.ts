import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { unwrap } from '@wiredesk/client'
import { api } from '../../../api/client'
import { MemoryText } from '../data/textSource'
import { Rendering, type Rendered, type WatchedText } from './rendering'

/** The HTML of a text that changes outside React. */
export function useRendering(source: WatchedText): Rendered {
  const rendering = useMemo(() => new Rendering(source, renderMarkdown), [source])
  useEffect(() => rendering.start(), [rendering])
  return useSyncExternalStore(rendering.watch, rendering.get)
}

/** A text of React's as a source. */
export function useTextSource(text: string): WatchedText {
  const [source] = useState(() => new MemoryText(text))
  useEffect(() => source.set(text), [source, text])
  return source
}

/** A request is aborted after this time, in milliseconds. */
const timeout = 20_000

/** The HTML that readers get for this Markdown. Not yet sanitized: only showBlocks may put it into a page. */
async function renderMarkdown(content: string, signal: AbortSignal): Promise<string> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  const { html } = await unwrap(api.POST('/api/render', { body: { content }, signal: limited }))
  return html
}
