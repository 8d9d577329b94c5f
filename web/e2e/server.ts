import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, Line } from './line'

const binary = process.env['WIREDESK'] ?? join(import.meta.dirname, '../../bin/wiredesk')

export type Credentials = { email: string; password: string }
export const admin: Credentials = { email: 'ana@example.com', password: 'a long enough password' }

export type Desk = {
  /** What browsers open. */
  url: string
  /** The same server past the line, for a test's own calls while the line is cut. */
  direct: string
  line: Line
  stop: () => Promise<void>
}

/** Starts the real binary with an empty database of its own, and a line to it that a test can cut. */
export async function startDesk(env: Record<string, string> = {}): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'wiredesk-e2e-'))
  const port = await freePort()
  const line = await Line.to(() => port)
  const url = `http://localhost:${line.port}`
  const server = spawn(binary, ['serve'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', process.env['E2E_LOG'] ? 'inherit' : 'ignore'],
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      FRONTEND_URL: url,
      DATA_DIR: join(folder, 'data'),
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      ...env,
    },
  })
  const ended = once(server, 'exit')
  const direct = `http://127.0.0.1:${port}`
  await ready(direct, () => server.exitCode === null)
  return {
    url,
    direct,
    line,
    stop: async () => {
      server.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

/** Polls /readyz until it is 200, for 20 s at most; then the dashboard must be there. */
async function ready(direct: string, isRunning: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await pause(50)) {
    if (!isRunning()) throw new Error(`${binary} ended at its start; E2E_LOG=1 shows why`)
    const response = await fetch(`${direct}/readyz`).catch(() => null)
    if (response?.ok) break
  }
  const page = await fetch(direct)
  if (!page.ok) throw new Error(`${binary} has no dashboard, or was not ready within 20 s: 'make build' makes one`)
}
