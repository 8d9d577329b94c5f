import { Button, Stack } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { explain } from '../../api/problem'
import type { User } from '../../api/types'
import { EmptyState } from '../../ui/EmptyState'
import { ErrorNote } from '../../ui/ErrorNote'
import { PageHeader } from '../../ui/PageHeader'
import { Pending } from '../../ui/Pending'
import { useSession } from '../login/useSession'
import { AddUser } from './AddUser'
import { ResetPassword } from './ResetPassword'
import { changeUser, usersQuery } from './users'
import { UserTable } from './UserTable'

/** Who may sign in, and as what. For administrators. */
export function UsersPage() {
  const { user: self, can } = useSession()
  const cache = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [resetting, setResetting] = useState<User | null>(null)
  const { data, error, refetch } = useQuery({ ...usersQuery(), enabled: can('manageUsers') })
  const change = useMutation({
    mutationFn: changeUser,
    onSettled: () => cache.invalidateQueries({ queryKey: usersQuery().queryKey }),
  })

  if (!can('manageUsers')) {
    return (
      <EmptyState title="This page is for administrators" level={1}>
        Ask one of them.
      </EmptyState>
    )
  }
  return (
    <>
      <PageHeader title="Users">
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
          Add a user
        </Button>
      </PageHeader>
      <Stack>
        {change.error && <ErrorNote message={explain(change.error)} />}
        {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
        {!data && !error && <Pending label="Reading the users" />}
        {data && <UserTable users={data} self={self?.id ?? 0} onChange={change.mutate} onReset={setResetting} />}
      </Stack>
      <AddUser opened={adding} onClose={() => setAdding(false)} />
      <ResetPassword user={resetting} onClose={() => setResetting(null)} />
    </>
  )
}
