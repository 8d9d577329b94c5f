import { useMantineStyleNonce } from '@mantine/core'
import { type RefObject, useEffect, useRef } from 'react'
import { CodeSurface } from './codeSurface'
import { PlainSurface } from './plainSurface'
import type { EditorEvents, Surface, SurfaceSettings } from './surface'
import type { TextSource } from './textSource'

type UseSurface = { host: RefObject<HTMLDivElement | null>; surface: RefObject<Surface | null> }

/** Mounts one editor on a source for as long as source and kind stay the same; everything else only configures it. */
export function useSurface(source: TextSource, isPlain: boolean, settings: SurfaceSettings, events: EditorEvents): UseSurface {
  const host = useRef<HTMLDivElement>(null)
  const surface = useRef<Surface>(null)
  const latest = useRef(events)
  const nonce = useMantineStyleNonce()

  useEffect(() => {
    latest.current = events
  })

  useEffect(() => {
    if (!host.current) return
    const forward: EditorEvents = {
      onAction: (id) => latest.current.onAction(id),
      onSave: () => latest.current.onSave(),
      onLine: (line) => latest.current.onLine(line),
      onScrollLine: (line) => latest.current.onScrollLine(line),
      onFocus: () => latest.current.onFocus(),
      onBlur: () => latest.current.onBlur(),
      onMessage: (message) => latest.current.onMessage(message),
    }
    const created = isPlain
      ? new PlainSurface(host.current, source, forward)
      : new CodeSurface(host.current, source, forward, nonce?.() ?? '')
    surface.current = created
    return () => {
      surface.current = null
      created.destroy()
    }
  }, [source, isPlain, nonce])

  useEffect(() => surface.current?.configure(settings), [source, isPlain, nonce, settings])

  return { host, surface }
}
