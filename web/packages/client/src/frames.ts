import type { BlogEvent, ServerFrame } from './types.ts'

/** A record, so that the compiler reports a kind that is missing. */
const known: Record<ServerFrame['type'], true> = {
  welcome: true,
  presence: true,
  'auth-expiring': true,
  pong: true,
  error: true,
  'blog-created': true,
  'blog-updated': true,
  'blog-deleted': true,
  'blog-published': true,
}

/** The frame of the text, or null for an unknown kind. */
export function readFrame(text: unknown): ServerFrame | null {
  const frame: unknown = JSON.parse(String(text))
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return null
  return Object.hasOwn(known, String(frame.type)) ? (frame as ServerFrame) : null
}

/** Whether the frame is an event of the stream, with a seq. */
export function isEvent(frame: ServerFrame): frame is BlogEvent {
  return 'seq' in frame
}
