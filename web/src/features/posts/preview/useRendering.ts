import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { MemoryText } from '../data/textSource'
import { renderMarkdown } from './renderMarkdown'
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
