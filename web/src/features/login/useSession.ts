import { useSyncExternalStore } from 'react'
import { session } from '../../api/session'
import type { Me } from '../../api/types'

export type Permission = 'write' | 'manageUsers'

const allowed: Record<Permission, readonly Me['role'][]> = {
  write: ['admin', 'editor'],
  manageUsers: ['admin'],
}

/**
 * Who works on this page, and what that role may do. While the session has ended under an open page, `user` is
 * still the one who is asked to sign in again; null only on the sign-in page.
 */
export function useSession() {
  const state = useSyncExternalStore(session.subscribe, session.get)
  const user = state.status === 'signed-in' ? state.user : state.status === 'signed-out' ? state.lapsed : null
  return {
    status: state.status,
    user,
    can: (what: Permission) => user !== null && allowed[what].includes(user.role),
    login: session.login,
    logout: session.logout,
  }
}
