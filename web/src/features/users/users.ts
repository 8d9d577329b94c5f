import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '../../api/client'
import type { Role, User } from '../../api/types'

export const roles: { value: Role; label: string }[] = [
  { value: 'admin', label: 'Admin' },
  { value: 'editor', label: 'Editor' },
  { value: 'viewer', label: 'Viewer' },
]

export type NewUser = { name: string; email: string; role: Role; password: string }
export type UserChange = { id: number; change: { name?: string; role?: Role; disabled?: boolean; password?: string } }

/** Everyone who may sign in. No event tells of users, so it is read at each visit. */
export const usersQuery = () =>
  queryOptions({
    queryKey: ['users'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/users', { signal }))).items,
    staleTime: 0,
  })

export function addUser(user: NewUser): Promise<User> {
  return unwrap(api.POST('/api/users', { body: user }))
}

/** Changes only what is given. The user's open pages notice within a second. */
export function changeUser({ id, change }: UserChange): Promise<User> {
  return unwrap(api.PATCH('/api/users/{userId}', { params: { path: { userId: id } }, body: change }))
}
