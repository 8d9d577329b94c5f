import { Popover } from '@mantine/core'
import type { ReactNode } from 'react'

type Props = { opened: boolean; onClose: () => void; target: ReactNode; children: ReactNode }

/** A small dialog below a control of the toolbar. The caller returns the focus to the text. */
export function ToolbarPopover({ opened, onClose, target, children }: Props) {
  return (
    <Popover opened={opened} onDismiss={onClose} trapFocus returnFocus={false} position="bottom-start" shadow="md" withinPortal>
      <Popover.Target>
        <span>{target}</span>
      </Popover.Target>
      <Popover.Dropdown>{children}</Popover.Dropdown>
    </Popover>
  )
}
