import { vi } from 'vitest'
import type { ClientFrame } from '../api/types'

/** The server's end of a WebSocket, controlled by a test. */
export class FakeWebSocket {
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  readonly sent: ClientFrame[] = []
  closedByPage = false

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    sockets.push(this)
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame)
  }

  close(): void {
    this.closedByPage = true
  }

  deliver(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  welcomes(cursor: number, resume: 'nothing' | 'replayed' | 'refresh' = 'nothing', epoch = 'e1'): void {
    this.deliver({ type: 'welcome', connection: 'c', cursor, epoch, resume, user: {}, expiresAt: '' })
  }

  /** Resumes the page's position: the missed events, then the answer to its ping. */
  resumes(cursor: number, ...missed: number[]): void {
    this.welcomes(cursor, 'replayed')
    this.deliverEvents(...missed)
    this.deliver({ type: 'pong' })
  }

  deliverEvents(...seqs: number[]): void {
    for (const seq of seqs) this.deliver({ type: 'blog-updated', seq, data: { id: 1, slug: 'a', version: seq } })
  }

  closes(code: number, reason = ''): void {
    this.onclose?.({ code, reason })
  }
}

const sockets: FakeWebSocket[] = []

/** Every WebSocket opened since, oldest first. */
export function fakeServer(): FakeWebSocket[] {
  sockets.length = 0
  vi.stubGlobal('WebSocket', FakeWebSocket)
  return sockets
}
