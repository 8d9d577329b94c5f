import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

type State = {
  isCut: boolean
  refusesUpgrades: boolean
  holdsStreams: boolean
  open: Set<Socket>
  /** The connections of browsers that are WebSockets. */
  upgraded: Set<Socket>
}

const refusal = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

/** A TCP proxy to a port of this machine. A test can cut its connections, refuse WebSockets and hold event streams back. */
export class TcpProxy {
  readonly port: number
  readonly #state: State

  private constructor(port: number, state: State) {
    this.port = port
    this.#state = state
  }

  static async to(target: () => number): Promise<TcpProxy> {
    const state: State = { isCut: false, refusesUpgrades: false, holdsStreams: false, open: new Set(), upgraded: new Set() }
    const server = createServer((near) => {
      if (state.isCut) return void near.destroy()
      join(near, connect(target(), '127.0.0.1'), state)
    })
    server.unref().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy((server.address() as AddressInfo).port, state)
  }

  /** Closes every connection, and each new one at once. */
  cut(): void {
    this.#state.isCut = true
    for (const socket of this.#state.open) socket.destroy()
  }

  /** Ends cut, refuseUpgrades and holdStreams. */
  restore(): void {
    this.#state.isCut = false
    this.#state.refusesUpgrades = false
    this.#state.holdsStreams = false
  }

  /** Closes every WebSocket, and answers the handshake of each new one with 403. */
  refuseUpgrades(): void {
    this.#state.refusesUpgrades = true
    for (const socket of this.#state.upgraded) socket.destroy()
  }

  /** Passes nothing of an event stream on, as a proxy that waits for the end of a response. */
  holdStreams(): void {
    this.#state.holdsStreams = true
  }
}

/** Passes the bytes of a browser's connection on to the server, and back. */
function join(near: Socket, far: Socket, state: State): void {
  const end = () => [near, far].forEach((socket) => socket.destroy())
  for (const socket of [near, far]) {
    state.open.add(socket)
    socket.on('error', end).on('close', () => {
      state.open.delete(socket)
      state.upgraded.delete(socket)
      end()
    })
  }
  let isHeld = false
  // A browser sends a request only after the response to the last one, so that each begins a piece.
  near.on('data', (piece: Buffer) => {
    const isUpgrade = piece.toString('latin1', 0, 8) === 'GET /ws?' || piece.toString('latin1', 0, 8) === 'GET /ws '
    isHeld = state.holdsStreams && piece.toString('latin1', 0, 15) === 'GET /api/stream'
    if (isUpgrade && state.refusesUpgrades) return void near.end(refusal)
    if (isUpgrade) state.upgraded.add(near)
    if (!far.write(piece)) near.pause()
  })
  far.on('drain', () => near.resume())
  far.on('data', (piece: Buffer) => {
    if (!isHeld && !near.write(piece)) far.pause()
  })
  near.on('drain', () => far.resume())
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
