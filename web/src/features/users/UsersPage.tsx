import { Button, Stack } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { User } from '@wiredesk/client'
import { explain } from '../../api/problem'
import { EmptyState } from '../../ui/EmptyState'
import { ErrorNote } from '../../ui/ErrorNote'
import { showDone } from '../../ui/notify'
import { PageHeader } from '../../ui/PageHeader'
import { Pending } from '../../ui/Pending'
import { useSession } from '../login/useSession'
import { AddUser } from './AddUser'
import { ConfirmChange } from './ConfirmChange'
import { ConfirmPassword } from './ConfirmPassword'
import { ResetPassword } from './ResetPassword'
import { changeUser, type Proposal, resultOf, usersQuery } from './users'
import { UserTable } from './UserTable'

/** All users, their roles and accounts. For administrators. */
export function UsersPage() {
  const { user: self, can } = useSession()
  const cache = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [resetting, setResetting] = useState<User | null>(null)
  const [proposal, setProposal] = useState<Proposal | null>(null)
  const { data, error, refetch } = useQuery({ ...usersQuery(), enabled: can('manageUsers') })
  const change = useMutation({
    mutationFn: (confirmed: Proposal) => changeUser({ id: confirmed.user.id, change: confirmed.change }),
    onSuccess: (_, confirmed) => {
      setProposal(null)
      showDone(resultOf(confirmed))
    },
    onSettled: () => cache.invalidateQueries({ queryKey: usersQuery().queryKey }),
  })
  const propose = (next: Proposal) => {
    change.reset()
    setProposal(next)
  }

  if (!can('manageUsers')) {
    return (
      <EmptyState title="Administrators only" level={1}>
        Ask an administrator for access.
      </EmptyState>
    )
  }
  return (
    <>
      <PageHeader title="Users">
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
          Add user
        </Button>
      </PageHeader>
      <Stack>
        {error && <ErrorNote message={explain(error)} onRetry={() => void refetch()} />}
        {!data && !error && <Pending label="Loading users…" />}
        {data && (
          <UserTable
            users={data}
            self={self?.id ?? 0}
            isBusy={change.isPending}
            onPropose={propose}
            onReset={setResetting}
          />
        )}
      </Stack>
      <AddUser opened={adding} onClose={() => setAdding(false)} />
      <ResetPassword user={resetting} onClose={() => setResetting(null)} />
      <ConfirmPassword />
      <ConfirmChange
        proposal={proposal}
        isBusy={change.isPending}
        failure={change.error && explain(change.error)}
        onConfirm={change.mutate}
        onCancel={() => setProposal(null)}
      />
    </>
  )
}
