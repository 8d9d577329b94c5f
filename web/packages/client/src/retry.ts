import type { TokenTrust } from './session.ts'

const base = 250
const cap = 15_000

/** Milliseconds to wait before attempt number `attempt` (0, 1, 2 …): full jitter, so that many clients do not reconnect at once. */
export function backOff(attempt: number, random: () => number): number {
  return random() * Math.min(cap, base * 2 ** attempt)
}

const firstTrial = 30_000
const longestTrial = 600_000

/** Milliseconds to wait before a socket is tried beside a stream for the `trial`th time (0, 1, 2 …). */
export function trialPause(trial: number, random: () => number): number {
  return Math.min(longestTrial, firstTrial * 2 ** trial) * (0.5 + random() / 2)
}

/** What to do after the connection was lost. A planned loss is no outage: the page is only catching up. */
export type Plan = {
  planned: boolean
  trust: TokenTrust
  /** Milliseconds that the server asked to wait; null: at once when planned, else by back-off. */
  delay: number | null
}

/** Plans the reconnection after a close code. Codes other than those of api/asyncapi.yaml are outages. */
export function afterClose(code: number, reason: string): Plan {
  switch (code) {
    case 4401: // token expired or session revoked
    case 4403: // role changed
      return { planned: true, trust: 'expired', delay: null }
    case 4408: // too slow
      return { planned: true, trust: 'valid', delay: null }
    case 1012: // restarting
      return { planned: true, trust: 'valid', delay: Number(/(\d+)\s*ms/.exec(reason)?.[1] ?? 1000) }
    default:
      return { planned: false, trust: 'valid', delay: null }
  }
}
