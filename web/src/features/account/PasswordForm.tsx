import { Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { fieldErrors, formError } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { showDone } from '../../ui/notify'
import { passwordRule } from '../../ui/passwordRule'
import { changePassword, sessionsQuery } from './account'

const empty = { current: '', next: '', repeated: '' }

/** Changes the password of the signed-in user. */
export function PasswordForm({ onChanged }: { onChanged?: () => void }) {
  const cache = useQueryClient()
  const form = useForm({
    initialValues: empty,
    validate: {
      next: (next, { current }) => (next === current ? 'The new password must differ from the current one.' : null),
      repeated: (repeated, { next }) => (repeated === next ? null : 'The passwords don’t match.'),
    },
  })
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      form.reset()
      showDone('Password changed. You were signed out on other devices.')
      void cache.invalidateQueries({ queryKey: sessionsQuery().queryKey })
      onChanged?.()
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  })
  const failure = formError(change.error)

  return (
    <form onSubmit={form.onSubmit(({ current, next }) => change.mutate({ current, next }))}>
      <Stack>
        {failure && <ErrorNote message={failure} />}
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': 'Show current password' }}
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label="New password"
          description={passwordRule}
          autoComplete="new-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': 'Show new password' }}
          {...form.getInputProps('next')}
        />
        <PasswordInput
          label="Repeat new password"
          autoComplete="new-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': 'Show repeated password' }}
          {...form.getInputProps('repeated')}
        />
        <Text size="sm" c="dimmed">
          Changing the password signs you out on all other devices.
        </Text>
        <Button type="submit" loading={change.isPending} w="fit-content">
          Change password
        </Button>
      </Stack>
    </form>
  )
}
