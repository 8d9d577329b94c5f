import { Button, Modal, NativeSelect, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { fieldErrors, formError } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { addUser, type NewUser, roles, usersQuery } from './users'

const empty: NewUser = { name: '', email: '', role: 'editor', password: '' }

/** The form for a new user, whose first password the administrator hands over. */
export function AddUser({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const cache = useQueryClient()
  const form = useForm({ initialValues: empty })
  const close = () => {
    form.reset()
    add.reset()
    onClose()
  }
  const add = useMutation({
    mutationFn: addUser,
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: usersQuery().queryKey })
      close()
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  })

  const failure = formError(add.error)
  return (
    <Modal opened={opened} onClose={close} title="Add a user">
      <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          {failure && <ErrorNote message={failure} />}
          <TextInput label="Name" required data-autofocus autoComplete="off" {...form.getInputProps('name')} />
          <TextInput label="E-mail" type="email" required autoComplete="off" {...form.getInputProps('email')} />
          <NativeSelect label="Role" data={roles} {...form.getInputProps('role')} />
          <PasswordInput
            label="First password"
            description="Hand it over; it can be changed on the account page."
            required
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={add.isPending}>
            Add
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
