import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy to a port of this machine. A test can cut its connections. */
export class TcpProxy {
  readonly port: number
  readonly #open: Set<Socket>
  readonly #state: { isCut: boolean }

  private constructor(port: number, open: Set<Socket>, state: { isCut: boolean }) {
    this.port = port
    this.#open = open
    this.#state = state
  }

  static async to(target: () => number): Promise<TcpProxy> {
    const open = new Set<Socket>()
    const state = { isCut: false }
    const server = createServer((near) => {
      if (state.isCut) return void near.destroy()
      const far = connect(target(), '127.0.0.1')
      const end = () => [near, far].forEach((socket) => socket.destroy())
      for (const socket of [near, far]) {
        open.add(socket)
        socket.on('error', end).on('close', () => {
          open.delete(socket)
          end()
        })
      }
      near.pipe(far).pipe(near)
    })
    server.unref().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy((server.address() as AddressInfo).port, open, state)
  }

  /** Closes every connection, and each new one at once. */
  cut(): void {
    this.#state.isCut = true
    for (const socket of this.#open) socket.destroy()
  }

  /** Accepts connections again. */
  restore(): void {
    this.#state.isCut = false
  }
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
