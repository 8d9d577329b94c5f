import { queryOptions } from '@tanstack/react-query'
import { type Role, unwrap, type User } from '@wiredesk/client'
import { api } from '../../api/client'
import { withConfirmation } from './reauth'

export const roles: { value: Role; label: string }[] = [
  { value: 'admin', label: 'Admin' },
  { value: 'editor', label: 'Editor' },
  { value: 'viewer', label: 'Viewer' },
]

export const roleLabel = (role: Role): string => roles.find(({ value }) => value === role)?.label ?? role

export type NewUser = { name: string; email: string; role: Role; password: string }
type Change = { name?: string; role?: Role; disabled?: boolean; password?: string }
type UserChange = { id: number; change: Change }

/** A change that the administrator has chosen and not yet confirmed; `title` asks for it. */
export type Proposal = { user: User; change: Pick<Change, 'role' | 'disabled'>; title: string }

/** No event announces changes of users, so the open page reads them again, in this interval (milliseconds). */
const readEvery = 10_000

/** All users. */
export const usersQuery = () =>
  queryOptions({
    queryKey: ['users'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/users', { signal }))).items,
    staleTime: 0,
    refetchInterval: readEvery,
  })

/** Adds a user, who must change the password at the first sign-in. */
export function addUser(user: NewUser): Promise<User> {
  return withConfirmation(() => unwrap(api.POST('/api/users', { body: { ...user, temporary: true } })))
}

/**
 * Changes only the given settings. They reach the user's open pages within a second. A new password must be changed
 * at the next sign-in.
 */
export function changeUser({ id, change }: UserChange): Promise<User> {
  const body = change.password === undefined ? change : { ...change, temporary: true }
  return withConfirmation(() => unwrap(api.PATCH('/api/users/{userId}', { params: { path: { userId: id } }, body })))
}

/** The effect of a change, for the dialog that asks for it. */
export function effectOf({ user: { name }, change: { role, disabled } }: Proposal): string {
  if (disabled) return `${name} is signed out on all devices and can no longer sign in. Their posts are kept.`
  if (disabled === false) return `${name} can sign in again.`
  if (role === 'admin') return `Administrators can edit all posts and manage all users, including you.`
  if (role === 'editor') return `Editors can write, publish and delete posts.`
  return `Viewers have read-only access. Text that ${name} has not saved stays in their browser.`
}

/** The result of a change, for the message after it. */
export function resultOf({ user: { name }, change: { role, disabled } }: Proposal): string {
  if (disabled !== undefined) return `${name} was ${disabled ? 'disabled' : 'enabled'}.`
  return `${name} now has the ${roleLabel(role ?? 'viewer')} role.`
}
