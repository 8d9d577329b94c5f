import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { ApiError } from '@wiredesk/client'
import { explain } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { useSession } from './useSession'

/** Email and password. With `email` given, that user signs in again. */
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
          label="Email"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          size="md"
          readOnly={email !== undefined}
          autoFocus={email === undefined}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          size="md"
          data-autofocus
          visibilityToggleButtonProps={{ 'aria-label': 'Show password' }}
          {...form.getInputProps('password')}
        />
        <Button type="submit" size="md" loading={busy}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}

/** The message for a failed sign-in. It does not reveal whether the email exists. */
function reason(failure: unknown): string {
  const status = failure instanceof ApiError ? failure.status : 0
  if (status === 401) return 'Incorrect email or password.'
  if (failure instanceof ApiError && status === 429) return `Too many attempts. Try again in ${failure.retryAfter ?? 60} seconds.`
  return explain(failure)
}
