import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { ApiError } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { useSession } from './useSession'

/** E-mail and password. With `email` given, it is that person who signs in again. */
export function SignInForm({ email }: { email?: string }) {
  const { login } = useSession()
  const [error, setError] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const form = useForm({ initialValues: { email: email ?? '', password: '' } })

  async function submit(values: { email: string; password: string }) {
    setBusy(true)
    setError(null)
    try {
      await login(values.email, values.password)
    } catch (failure) {
      setError(reason(failure))
      setBusy(false)
    }
  }

  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        {error !== null && <ErrorNote message={error} />}
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          size="md"
          readOnly={email !== undefined}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          size="md"
          data-autofocus
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          {...form.getInputProps('password')}
        />
        <Button type="submit" size="md" loading={busy}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}

/** Why the sign-in failed, without telling which of the two was wrong. */
function reason(failure: unknown): string {
  if (!(failure instanceof ApiError)) return 'The server could not be reached. Try again in a moment.'
  if (failure.status === 401) return 'This e-mail and password do not belong together.'
  if (failure.status === 429) return `Too many tries. Wait ${failure.retryAfter ?? 60} seconds.`
  return failure.message
}
