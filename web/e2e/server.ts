import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, TcpProxy } from './tcpProxy'

const binary = process.env['WIREDESK'] ?? join(import.meta.dirname, '../../bin/wiredesk')

export type Credentials = { email: string; password: string }
export const admin: Credentials = { email: 'ana@example.com', password: 'a long enough password' }

export type Installation = {
  /** The address that browsers open; it goes through the proxy. */
  url: string
  /** The same server without the proxy, for a test's own calls while the proxy is cut. */
  direct: string
  proxy: TcpProxy
  /** The working directory of the server, removed at the end. */
  folder: string
  /** Ends the server, with SIGKILL if `kill`, and starts it again on the same data. */
  restart: (kill?: boolean) => Promise<void>
  /** Ends the server, runs `change` on the data, and starts the server again. */
  restartAfter: (change: () => void) => Promise<void>
  stop: () => Promise<void>
  /** Runs another command of the binary on the same data and returns its output. Rejects when it fails. */
  run: (...args: string[]) => Promise<string>
}

/** Starts the real binary with an empty database of its own, behind a proxy that a test can cut. */
export async function startInstallation(env: Record<string, string> = {}): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'wiredesk-e2e-'))
  const port = await freePort()
  const proxy = await TcpProxy.to(() => port)
  const url = `http://localhost:${proxy.port}`
  const direct = `http://127.0.0.1:${port}`
  const options = {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      FRONTEND_URL: url,
      DATA_DIR: join(folder, 'data'),
      KAFKA_EMBEDDED_LISTEN: `127.0.0.1:${await freePort()}`, // for run
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      ...env,
    },
  }
  const start = async () => {
    const server = spawn(binary, ['serve'], { ...options, stdio: ['ignore', 'ignore', process.env['E2E_LOG'] ? 'inherit' : 'ignore'] })
    await ready(direct, () => server.exitCode === null)
    return server
  }
  let server = await start()
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
  return {
    url,
    direct,
    proxy,
    folder,
    restart: async (kill = false) => {
      await end(kill ? 'SIGKILL' : 'SIGTERM')
      server = await start()
    },
    restartAfter: async (change) => {
      await end('SIGTERM')
      change()
      server = await start()
    },
    stop: async () => {
      await end('SIGTERM')
      rmSync(folder, { recursive: true })
    },
    run: (...args) => outputOf(spawn(binary, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })),
  }
}

async function outputOf(command: ChildProcess): Promise<string> {
  let text = ''
  for (const stream of [command.stdout, command.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(command, 'close')) as [number]
  if (code !== 0) throw new Error(`${command.spawnargs.join(' ')}: exit ${code}\n${text}`)
  return text
}

/** Polls /readyz until it is 200, for 20 s at most. Then the dashboard must be there. */
async function ready(direct: string, isRunning: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await pause(50)) {
    if (!isRunning()) throw new Error(`${binary} ended at its start; E2E_LOG=1 shows why`)
    const response = await fetch(`${direct}/readyz`).catch(() => null)
    if (response?.ok) break
  }
  const page = await fetch(direct)
  if (!page.ok) throw new Error(`${binary} has no dashboard, or was not ready within 20 s: 'make build' makes one`)
}
