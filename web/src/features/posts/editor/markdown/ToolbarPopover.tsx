import { Popover } from '@mantine/core'
import type { ReactNode } from 'react'

type Props = { label: string; opened: boolean; onClose: () => void; target: ReactNode; children: ReactNode }

/** A small dialog below a control of the toolbar. The caller returns the focus to the text. */
export function ToolbarPopover({ label, opened, onClose, target, children }: Props) {
  return (
    <Popover opened={opened} onDismiss={onClose} trapFocus returnFocus={false} withRoles={false} position="bottom-start" shadow="md">
      <Popover.Target>
        <span>{target}</span>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={label}>
        {children}
      </Popover.Dropdown>
    </Popover>
  )
}
