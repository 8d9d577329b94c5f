import { Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { explain } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { Pending } from '../../ui/Pending'
import { endSignIn, signInsQuery } from './account'
import { SignInRow } from './SignInRow'

/** The browsers in which one is signed in, each with the way to end it. */
export function SignInList() {
  const cache = useQueryClient()
  const { data, error, refetch } = useQuery(signInsQuery())
  const end = useMutation({
    mutationFn: endSignIn,
    onSettled: () => cache.invalidateQueries({ queryKey: signInsQuery().queryKey }),
  })
  if (error) return <ErrorNote message={explain(error)} onRetry={() => void refetch()} />
  if (!data) return <Pending label="Looking up your browsers" />
  return (
    <Stack>
      {end.error && <ErrorNote message={explain(end.error)} />}
      {data.map((signIn) => (
        <SignInRow key={signIn.id} signIn={signIn} onEnd={() => end.mutate(signIn.id)} />
      ))}
    </Stack>
  )
}
