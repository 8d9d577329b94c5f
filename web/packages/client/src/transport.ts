import { EventStreamParser } from './eventStream.ts'
import { readFrame } from './frames.ts'
import type { ClientFrame, ServerFrame } from './types.ts'

export type TransportKind = 'socket' | 'stream'

/** One connection to the server. It reports nothing after close. */
export type Transport = {
  readonly kind: TransportKind
  /** A stream sends nothing: presence and follows need a socket. */
  send: (frame: ClientFrame) => void
  close: () => void
}

export type TransportEvents = {
  /** A frame has arrived; null for one of an unknown kind. */
  frame: (frame: ServerFrame | null) => void
  /** Bytes have arrived, which may be no whole frame. */
  bytes: () => void
  /** The connection has ended: with the server's close code, or 1006 without one. */
  end: (code: number, reason: string) => void
}

export type Target = {
  /** Of the server, without a slash at the end. */
  baseUrl: string
  credentials: RequestCredentials
  /** `?cursor=…&epoch=…`, or empty at the first connection. */
  position: string
  token: string
}

const cut = 1006

/** Opens a WebSocket, with the token among its subprotocols. */
export function openSocket({ baseUrl, position, token }: Target, on: TransportEvents): Transport {
  const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/ws${position}`, ['wiredesk.v1', `bearer.${token}`])
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    on.bytes()
    on.frame(readFrame(data))
  }
  socket.onclose = ({ code, reason }) => on.end(code, reason)
  return {
    kind: 'socket',
    send: (frame) => socket.send(JSON.stringify(frame)),
    close: () => {
      socket.onmessage = null
      socket.onclose = null
      socket.close()
    },
  }
}

/** Opens the event stream by fetch, as an EventSource cannot send the token in a header. */
export function openStream(target: Target, on: TransportEvents): Transport {
  const abort = new AbortController()
  const unlessClosed = (report: () => void) => {
    if (!abort.signal.aborted) report()
  }
  const end = ({ code, reason }: Close) =>
    unlessClosed(() => {
      abort.abort()
      on.end(code, reason)
    })
  readStream(target, abort.signal, on).then(end, () => end({ code: cut, reason: '' }))
  return { kind: 'stream', send: () => undefined, close: () => abort.abort() }
}

type Close = { code: number; reason: string }

/** Reports the frames of the stream until it ends, and returns the server's reason. Rejects when it was refused or cut. */
async function readStream({ baseUrl, position, token, credentials }: Target, signal: AbortSignal, on: TransportEvents): Promise<Close> {
  const headers = { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' }
  const response = await fetch(`${baseUrl}/api/stream${position}`, { headers, credentials, signal, cache: 'no-store' })
  const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') ?? false
  if (!response.ok || !isStream || response.body === null) return { code: cut, reason: `status ${response.status}` }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  const parser = new EventStreamParser()
  for (;;) {
    const { done, value } = await reader.read()
    if (done || signal.aborted) return { code: cut, reason: '' }
    on.bytes()
    for (const data of parser.push(decoder.decode(value, { stream: true }))) {
      const close = readClose(data)
      if (close !== null) return close
      if (signal.aborted) return { code: cut, reason: '' }
      on.frame(readFrame(data))
    }
  }
}

/** The last event of a stream; null for any other. */
function readClose(data: string): Close | null {
  const event = JSON.parse(data) as Partial<Close> & { type?: unknown }
  return event.type === 'close' ? { code: Number(event.code), reason: String(event.reason) } : null
}
