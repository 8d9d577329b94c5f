import { Button, Group, Modal, Stack, Text } from '@mantine/core'
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
  return (
    <Modal opened={proposal !== null} onClose={onCancel} title={proposal?.title ?? ''}>
      {proposal && (
        <Stack>
          {failure !== null && <ErrorNote message={failure} />}
          <Text size="sm">{effectOf(proposal)}</Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" disabled={isBusy} onClick={onCancel} data-autofocus>
              Cancel
            </Button>
            <Button {...(proposal.change.disabled && { color: 'red' })} loading={isBusy} onClick={() => onConfirm(proposal)}>
              {proposal.change.disabled === undefined ? 'Change role' : proposal.change.disabled ? 'Disable' : 'Enable'}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}
