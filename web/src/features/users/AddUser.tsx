import { Button, Modal, NativeSelect, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { fieldErrors, formError } from '../../api/problem'
import { ErrorNote } from '../../ui/ErrorNote'
import { showDone } from '../../ui/notify'
import { passwordRule } from '../../ui/passwordRule'
import { addUser, type NewUser, roles, usersQuery } from './users'

const empty: NewUser = { name: '', email: '', role: 'editor', password: '' }

/** The form for a new user. A click outside does not close it: the text would be lost. */
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
    onSuccess: async ({ name }) => {
      showDone(`${name} was added.`)
      await cache.invalidateQueries({ queryKey: usersQuery().queryKey })
      close()
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  })

  const failure = formError(add.error)
  return (
    <Modal opened={opened} onClose={close} title="Add user" closeOnClickOutside={false}>
      <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          {failure && <ErrorNote message={failure} />}
          <TextInput label="Name" required data-autofocus autoComplete="off" {...form.getInputProps('name')} />
          <TextInput label="Email" type="email" required autoComplete="off" {...form.getInputProps('email')} />
          <NativeSelect label="Role" data={roles} {...form.getInputProps('role')} />
          <PasswordInput
            label="Temporary password"
            description={`${passwordRule} Share it with the user, who must change it at first sign-in.`}
            required
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show password' }}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={add.isPending}>
            Add user
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
