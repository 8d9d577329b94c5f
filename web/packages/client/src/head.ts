import type { Session } from './session.ts'
import type { Status } from './types.ts'

/** Milliseconds. */
const answerWithin = 10_000

/** The seq of the newest event. Rejects when it cannot be read. */
export async function readHead({ baseUrl, credentials, fetch }: Pick<Session, 'baseUrl' | 'credentials' | 'fetch'>): Promise<number> {
  const signal = AbortSignal.timeout(answerWithin)
  const response = await fetch(new Request(`${baseUrl}/api/status`, { credentials, signal }))
  if (!response.ok) throw new Error(`status ${response.status}`)
  return ((await response.json()) as Status).head
}
