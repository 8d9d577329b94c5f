import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { fieldErrors, formError } from '../../api/problem'
import type { User } from '../../api/types'
import { ErrorNote } from '../../ui/ErrorNote'
import { changeUser } from './users'

/** Gives the user a new password and signs out every browser of theirs. Open while there is a user. */
export function ResetPassword({ user, onClose }: { user: User | null; onClose: () => void }) {
  const form = useForm({ initialValues: { password: '' } })
  const close = () => {
    form.reset()
    reset.reset()
    onClose()
  }
  const reset = useMutation({
    mutationFn: changeUser,
    onSuccess: ({ name }) => {
      notifications.show({ message: `${name} has a new password and is signed out everywhere.` })
      close()
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  })
  const submit = (change: { password: string }) => {
    if (user) reset.mutate({ id: user.id, change })
  }

  const failure = formError(reset.error)
  return (
    <Modal opened={user !== null} onClose={close} title={`Reset the password${user ? ` of ${user.name}` : ''}`}>
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          {failure && <ErrorNote message={failure} />}
          <Text size="sm">Every browser where this person is signed in will be signed out.</Text>
          <PasswordInput
            label="New password"
            required
            data-autofocus
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={reset.isPending}>
            Reset
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
