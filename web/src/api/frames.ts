import type { BlogEvent, ServerFrame } from './types'

const known: ReadonlySet<string> = new Set<ServerFrame['type']>([
  'welcome',
  'presence',
  'auth-expiring',
  'pong',
  'error',
  'blog-created',
  'blog-updated',
  'blog-deleted',
  'blog-published',
])

/** The frame of the text, or null for one of a kind that this build does not know. */
export function readFrame(text: unknown): ServerFrame | null {
  const frame: unknown = JSON.parse(String(text))
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return null
  return known.has(String(frame.type)) ? (frame as ServerFrame) : null
}

/** Whether the frame is an event of the stream, with a seq. */
export function isEvent(frame: ServerFrame): frame is BlogEvent {
  return 'seq' in frame
}
