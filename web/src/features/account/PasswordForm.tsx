import { Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { fieldErrors, formError } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { changePassword, signInsQuery } from './account'

const empty = { current: '', next: '' }

/** Changes the password of the person who is signed in. */
export function PasswordForm() {
  const cache = useQueryClient()
  const form = useForm({ initialValues: empty })
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      form.reset()
      notifications.show({ message: 'The password is changed. Your other browsers are signed out.' })
      void cache.invalidateQueries({ queryKey: signInsQuery().queryKey })
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  })
  const failure = formError(change.error)

  return (
    <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
      <Stack>
        {failure && <ErrorNote message={failure} />}
        <PasswordInput
          label="Present password"
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': 'Show the present password' }}
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': 'Show the new password' }}
          {...form.getInputProps('next')}
        />
        <Text size="sm" c="dimmed">
          All your other browsers are signed out.
        </Text>
        <Button type="submit" loading={change.isPending} w="fit-content">
          Change the password
        </Button>
      </Stack>
    </form>
  )
}
