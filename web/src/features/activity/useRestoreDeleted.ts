import { useMutation } from '@tanstack/react-query'
import { explain } from '../../api/problem'
import { showDone, showError } from '../../ui/notify'
import { restoreDeleted, type Entry } from './activity'

/** Restores a deleted post and reports the outcome. */
export function useRestoreDeleted(): (entry: Entry) => void {
  const { mutate } = useMutation({
    mutationFn: restoreDeleted,
    networkMode: 'always',
    onSuccess: ({ title }) => showDone(`“${title}” was restored as a draft.`),
    onError: (error) => showError('The post was not restored', explain(error)),
  })
  return mutate
}
