import { useMantineStyleNonce } from '@mantine/core'
import { type RefObject, useEffect, useRef } from 'react'
import { CodeSurface } from './codeSurface'
import { PlainSurface } from './plainSurface'
import { type SavedState, saveState } from './sharedExtensions'
import type { EditorEvents, Surface, SurfaceSettings } from './surface'
import type { TextSource } from '../../data/textSource'

type UseSurface = { host: RefObject<HTMLDivElement | null>; surface: RefObject<Surface | null> }

/** The state that the next surface starts with when the mode changes. */
type Handover = { source: TextSource; state: SavedState; hasFocus: boolean }

/** Mounts one editor on a source for as long as source and kind stay the same; everything else only configures it. */
export function useSurface(source: TextSource, isPlain: boolean, settings: SurfaceSettings, events: EditorEvents): UseSurface {
  const host = useRef<HTMLDivElement>(null)
  const surface = useRef<Surface>(null)
  const latest = useRef(events)
  const kept = useRef<Handover | null>(null)
  const nonce = useMantineStyleNonce()

  useEffect(() => {
    latest.current = events
  })

  useEffect(() => {
    const parent = host.current
    if (!parent) return
    const forward: EditorEvents = {
      onAction: (id) => latest.current.onAction(id),
      onSave: () => latest.current.onSave(),
      onLine: (line) => latest.current.onLine(line),
      onScrollLine: (line) => latest.current.onScrollLine(line),
      onFocus: () => latest.current.onFocus(),
      onBlur: () => latest.current.onBlur(),
      onMessage: (message) => latest.current.onMessage(message),
    }
    const saved = kept.current?.source === source ? kept.current.state : null
    const created = isPlain
      ? new PlainSurface(parent, source, forward, saved)
      : new CodeSurface(parent, source, forward, nonce?.() ?? '', saved)
    surface.current = created
    if (kept.current?.hasFocus) created.focus()
    kept.current = null
    return () => {
      surface.current = null
      kept.current = { source, state: saveState(created.state()), hasFocus: parent.contains(document.activeElement) }
      created.destroy()
    }
  }, [source, isPlain, nonce])

  useEffect(() => surface.current?.configure(settings), [source, isPlain, nonce, settings])

  return { host, surface }
}
