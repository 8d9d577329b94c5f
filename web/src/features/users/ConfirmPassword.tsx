import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { fieldErrors, formError } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { confirmation, reauthenticate } from './reauth'

/** The dialog of the change stays open below; dialogs have 200. */
const aboveDialogs = 250

/** Asks for the administrator's own password. Open while a change of users waits for it. */
export function ConfirmPassword() {
  const pending = useSyncExternalStore(confirmation.subscribe, confirmation.get)
  const form = useForm({ initialValues: { password: '' } })
  const confirm = useMutation({
    mutationFn: reauthenticate,
    onSuccess: () => {
      form.reset()
      confirmation.get()?.retry()
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  })
  const cancel = () => {
    form.reset()
    confirm.reset()
    pending?.cancel()
  }
  const failure = formError(confirm.error)
  return (
    <Modal opened={pending !== null} onClose={cancel} title="Confirm your password" closeOnClickOutside={false} zIndex={aboveDialogs}>
      <form onSubmit={form.onSubmit(({ password }) => confirm.mutate(password))}>
        <Stack>
          {failure && <ErrorNote message={failure} />}
          <Text size="sm">Enter your password to change users. You won’t be asked again for ten minutes.</Text>
          <PasswordInput
            label="Your password"
            autoComplete="current-password"
            required
            data-autofocus
            visibilityToggleButtonProps={{ 'aria-label': 'Show your password' }}
            {...form.getInputProps('password')}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={cancel}>
              Cancel
            </Button>
            <Button type="submit" loading={confirm.isPending}>
              Confirm
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
