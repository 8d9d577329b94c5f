import { queryOptions } from '@tanstack/react-query'
import { unwrap } from '@wiredesk/client'
import { api } from '../../api/client'

/** The active sessions of this user, one for each browser. */
export const sessionsQuery = () =>
  queryOptions({
    queryKey: ['account', 'sessions'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/auth/sessions', { signal }))).items,
    staleTime: 0,
  })

/** Ends that session; its open pages are signed out within a second. */
export function revokeSession(sessionId: string) {
  return unwrap(api.DELETE('/api/auth/sessions/{sessionId}', { params: { path: { sessionId } } }))
}

/** Ends all sessions of this user but the current one. */
export function revokeOtherSessions() {
  return unwrap(api.DELETE('/api/auth/sessions'))
}

/** Changes the password and ends every other session of this user. */
export function changePassword(change: { current: string; next: string }) {
  return unwrap(api.POST('/api/auth/password', { body: change }))
}
