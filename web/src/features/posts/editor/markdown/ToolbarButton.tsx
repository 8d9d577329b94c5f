import { ActionIcon, Tooltip } from '@mantine/core'
import { type ComponentPropsWithRef, type ReactNode } from 'react'
import { type ActionId, actionOf, shortcut } from './actions'
import classes from './markdown.module.css'

type Props = {
  id: ActionId
  icon: ReactNode
  onAction: (id: ActionId) => void
  disabled?: boolean
  isPressed?: boolean
} & Pick<ComponentPropsWithRef<'button'>, 'ref' | 'aria-expanded' | 'aria-haspopup' | 'aria-controls'>

/** One control of the toolbar. A click leaves focus and selection in the text. */
export function ToolbarButton({ id, icon, onAction, disabled = false, isPressed, ...rest }: Props) {
  const { label } = actionOf(id)
  const keys = shortcut(id)
  return (
    <Tooltip label={keys ? `${label} (${keys})` : label} openDelay={500}>
      <ActionIcon
        {...rest}
        className={classes.tool}
        variant={isPressed ? 'light' : 'subtle'}
        color={isPressed ? 'petrol' : 'gray'}
        size="md"
        aria-label={label}
        aria-pressed={isPressed}
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
