import { Button, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { explain } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { showDone } from '../../ui/notify'
import { Pending } from '../../ui/Pending'
import { revokeOtherSessions, revokeSession, sessionsQuery } from './account'
import { SessionRow } from './SessionRow'

/** The user's active sessions: each one, or all but this one, can be signed out. */
export function SessionList() {
  const cache = useQueryClient()
  const { data, error, refetch } = useQuery(sessionsQuery())
  const onSettled = () => cache.invalidateQueries({ queryKey: sessionsQuery().queryKey })
  const revoke = useMutation({ mutationFn: revokeSession, onSettled })
  const revokeOthers = useMutation({
    mutationFn: revokeOtherSessions,
    onSettled,
    onSuccess: () => showDone('You were signed out on all other devices.'),
  })
  if (error) return <ErrorNote message={explain(error)} onRetry={() => void refetch()} />
  if (!data) return <Pending label="Loading sessions…" />
  const failure = revoke.error ?? revokeOthers.error
  return (
    <Stack>
      {failure && <ErrorNote message={explain(failure)} />}
      {data.map((session) => (
        <SessionRow
          key={session.id}
          session={session}
          isBusy={revokeOthers.isPending || (revoke.isPending && revoke.variables === session.id)}
          onRevoke={() => revoke.mutate(session.id)}
        />
      ))}
      {data.some(({ current }) => !current) && (
        <Button
          variant="default"
          w="fit-content"
          loading={revokeOthers.isPending}
          onClick={() => revokeOthers.mutate()}
        >
          Sign out all other sessions
        </Button>
      )}
    </Stack>
  )
}
