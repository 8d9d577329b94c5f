import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { explain } from '../../api/problem'
import { restoreDeleted, type Entry } from './activity'

/** Restores a deleted post and reports the outcome. */
export function useRestoreDeleted(): (entry: Entry) => void {
  const { mutate } = useMutation({
    mutationFn: restoreDeleted,
    networkMode: 'always',
    onSuccess: ({ title }) => notifications.show({ message: `“${title}” was restored as a draft.` }),
    onError: (error) =>
      notifications.show({ title: 'The post was not restored', message: explain(error), color: 'red', autoClose: 8_000 }),
  })
  return mutate
}
