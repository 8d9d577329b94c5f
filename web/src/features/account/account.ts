import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '../../api/client'

/** The browsers in which this person is signed in. */
export const signInsQuery = () =>
  queryOptions({
    queryKey: ['account', 'sessions'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/auth/sessions', { signal }))).items,
    staleTime: 0,
  })

/** Signs that browser out, its open pages within a second. */
export function endSignIn(sessionId: string) {
  return unwrap(api.DELETE('/api/auth/sessions/{sessionId}', { params: { path: { sessionId } } }))
}

/** Also signs out every other browser of this person. */
export function changePassword(change: { current: string; next: string }) {
  return unwrap(api.POST('/api/auth/password', { body: change }))
}
