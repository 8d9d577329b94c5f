import { ApiError, unwrap } from '@wiredesk/client'
import { api } from '../../api/client'

/** A refused change that waits until the administrator has confirmed it with the own password. */
type PendingConfirmation = { retry: () => void; cancel: () => void }

let pending: PendingConfirmation | null = null
const listeners = new Set<() => void>()

/** The pending confirmation, for useSyncExternalStore. */
export const confirmation = {
  get: (): PendingConfirmation | null => pending,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

function setPending(next: PendingConfirmation | null): void {
  pending = next
  listeners.forEach((listener) => listener())
}

/**
 * Runs a change of users. If the server wants the password of the administrator first, the change waits for the
 * dialog and then runs again; a cancelled dialog rejects it with the server's refusal.
 */
export async function withConfirmation<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'reauthentication-required') throw error
    pending?.cancel()
    await new Promise<void>((resolve, reject) => {
      const settle = (then: () => void) => () => {
        setPending(null)
        then()
      }
      setPending({ retry: settle(resolve), cancel: settle(() => reject(error)) })
    })
    return change()
  }
}

/** Proves the administrator's own password for the next ten minutes. */
export function reauthenticate(password: string) {
  return unwrap(api.POST('/api/auth/reauthenticate', { body: { password } }))
}
