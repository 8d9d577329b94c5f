import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import type { User } from '@wiredesk/client'
import { fieldErrors, formError } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { showDone } from '../../ui/notify'
import { passwordRule } from '../../ui/passwordRule'
import { changeUser } from './users'

/** Sets a new password and signs the user out on all devices. Open while there is a user. */
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
      showDone(`Password reset. ${name} was signed out on all devices.`)
      close()
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  })
  const submit = (change: { password: string }) => {
    if (user) reset.mutate({ id: user.id, change })
  }

  const failure = formError(reset.error)
  return (
    <Modal opened={user !== null} onClose={close} title={user ? `Reset ${user.name}’s password` : ''}>
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          {failure && <ErrorNote message={failure} />}
          <Text size="sm">The user is signed out on all devices. Share the new password with them; they must change it at the next sign-in.</Text>
          <PasswordInput
            label="New password"
            description={passwordRule}
            required
            data-autofocus
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show password' }}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={reset.isPending}>
            Reset password
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
