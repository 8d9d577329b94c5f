import { Stack, Text } from '@mantine/core'
import { ConfirmDialog } from '../../ui/ConfirmDialog'
import { ErrorNote } from '../../ui/ErrorNote'
import { effectOf, type Proposal } from './users'

type Props = {
  proposal: Proposal | null
  isBusy: boolean
  failure: string | null
  onConfirm: (proposal: Proposal) => void
  onCancel: () => void
}

/** Asks before a role changes or an account is disabled or enabled. Open while there is a proposal. */
export function ConfirmChange({ proposal, isBusy, failure, onConfirm, onCancel }: Props) {
  const disabled = proposal?.change.disabled
  return (
    <ConfirmDialog
      opened={proposal !== null}
      title={proposal?.title ?? ''}
      confirmLabel={disabled === undefined ? 'Change role' : disabled ? 'Disable' : 'Enable'}
      color={disabled ? 'red' : 'petrol'}
      isBusy={isBusy}
      onConfirm={() => proposal && onConfirm(proposal)}
      onCancel={onCancel}
    >
      {proposal && (
        <Stack>
          {failure !== null && <ErrorNote message={failure} />}
          <Text size="sm">{effectOf(proposal)}</Text>
        </Stack>
      )}
    </ConfirmDialog>
  )
}
