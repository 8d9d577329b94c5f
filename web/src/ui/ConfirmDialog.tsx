import { Button, Group, Modal } from '@mantine/core'
import type { ReactNode } from 'react'

type Props = {
  opened: boolean
  title: string
  /** The consequences. */
  children: ReactNode
  confirmLabel: string
  cancelLabel?: string
  /** Red for an action that takes something away. */
  color?: 'petrol' | 'red'
  isBusy?: boolean
  /** False when the caller moves the focus after the dialog has closed. */
  returnFocus?: boolean
  onConfirm: () => void
  onCancel: () => void
}

/** Asks before an action. The focus is on the button that cancels. */
export function ConfirmDialog({ opened, title, children, confirmLabel, cancelLabel = 'Cancel', color = 'petrol', ...rest }: Props) {
  const { isBusy = false, returnFocus = true, onConfirm, onCancel } = rest
  return (
    <Modal opened={opened} onClose={onCancel} title={title} returnFocus={returnFocus}>
      {children}
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" disabled={isBusy} onClick={onCancel} data-autofocus>
          {cancelLabel}
        </Button>
        <Button color={color} loading={isBusy} onClick={onConfirm}>
          {confirmLabel}
        </Button>
      </Group>
    </Modal>
  )
}
