import { ActionIcon, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { type ActionId, actionOf, shortcut } from './actions'
import classes from './markdown.module.css'

type Props = {
  id: ActionId
  icon: ReactNode
  onAction: (id: ActionId) => void
  disabled?: boolean
  isPressed?: boolean
  /** Whether the dialog that the control opens is open; undefined for a control without one. */
  isOpen?: boolean | undefined
}

/** One control of the toolbar. A click leaves focus and selection in the text. */
export function ToolbarButton({ id, icon, onAction, disabled = false, isPressed, isOpen }: Props) {
  const { label } = actionOf(id)
  const keys = shortcut(id)
  return (
    <Tooltip label={keys ? `${label} (${keys})` : label} openDelay={500}>
      <ActionIcon
        className={classes.tool}
        variant={isPressed ? 'light' : 'subtle'}
        color={isPressed ? 'petrol' : 'gray'}
        size="md"
        aria-label={label}
        aria-pressed={isPressed}
        aria-haspopup={isOpen === undefined ? undefined : 'dialog'}
        aria-expanded={isOpen}
        aria-disabled={disabled || undefined}
        {...(disabled && { 'data-disabled': true })}
        tabIndex={-1}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => !disabled && onAction(id)}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}
