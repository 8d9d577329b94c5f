import { vi } from 'vitest'
import type { ClientFrame } from '../src/types.ts'

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

/** The server's end of a request for the event stream, controlled by a test. */
export class FakeStream {
  readonly #answer: (response: Response) => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(
    readonly url: string,
    readonly init: RequestInit,
    answer: (response: Response) => void,
  ) {
    this.#answer = answer
    streams.push(this)
  }

  get closedByPage(): boolean {
    return this.init.signal?.aborted ?? false
  }

  /** Answers with the head of a stream; nothing of its body. */
  opens(): void {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) })
    this.#answer(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }))
    this.init.signal?.addEventListener('abort', () => this.cut())
  }

  refuses(status: number, contentType = 'application/problem+json'): void {
    this.#answer(new Response('{}', { status, headers: { 'Content-Type': contentType } }))
  }

  /** Delivers a piece of the body. */
  writes(bytes: string | Uint8Array): void {
    this.#controller?.enqueue(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes)
  }

  deliver(frame: object): void {
    this.writes(`data: ${JSON.stringify(frame)}\n\n`)
  }

  welcomes(cursor: number, resume: 'nothing' | 'replayed' | 'refresh' = 'replayed', epoch = 'e1'): void {
    this.opens()
    this.deliver({ type: 'welcome', connection: 'c', cursor, epoch, resume, user: {}, expiresAt: '' })
  }

  deliverEvents(...seqs: number[]): void {
    for (const seq of seqs) this.deliver({ type: 'blog-updated', seq, data: { id: 1, slug: 'a', version: seq } })
  }

  closes(code: number, reason = ''): void {
    this.deliver({ type: 'close', code, reason })
    this.#controller?.close()
  }

  /** Breaks the connection without a reason. */
  cut(): void {
    this.#controller?.error(new TypeError('network error'))
  }
}

const streams: FakeStream[] = []

/** Every request for the event stream since, oldest first. `head` answers GET /api/status, or rejects. Other requests are sent. */
export function fakeStreams(head: () => Promise<number>): FakeStream[] {
  streams.length = 0
  const send = globalThis.fetch
  const answer = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input)
    if (url.endsWith('/api/status')) return head().then((seq) => Response.json({ head: seq }))
    if (!/\/api\/stream(\?|$)/.test(url)) return send(input, init)
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
      new FakeStream(url, init, resolve)
    })
  }
  vi.stubGlobal('fetch', answer)
  return streams
}

const sockets: FakeWebSocket[] = []

/** Every WebSocket opened since, oldest first. */
export function fakeServer(): FakeWebSocket[] {
  sockets.length = 0
  vi.stubGlobal('WebSocket', FakeWebSocket)
  return sockets
}
