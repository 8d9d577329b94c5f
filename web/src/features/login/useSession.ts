import { useSyncExternalStore } from 'react'
import type { Me } from '@wiredesk/client'
import { session } from '../../api/session'

type Permission = 'write' | 'manageUsers'

const allowed: Record<Permission, readonly Me['role'][]> = {
  write: ['admin', 'editor'],
  manageUsers: ['admin'],
}

/**
 * The signed-in user and the permissions of the role. After a session has ended under an open page, `user` is
 * the user of that session; null only on the sign-in page.
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
