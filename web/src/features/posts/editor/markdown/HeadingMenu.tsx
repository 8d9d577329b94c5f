import { ActionIcon, Menu } from '@mantine/core'
import { IconHeading } from '@tabler/icons-react'
import { useRef } from 'react'
import { type ActionId, actionOf, shortcut } from './actions'
import classes from './markdown.module.css'

const levels: readonly ActionId[] = ['paragraph', 'heading1', 'heading2', 'heading3', 'heading4']

/** The levels of headings. */
export function HeadingMenu({ onAction, disabled }: { onAction: (id: ActionId) => void; disabled: boolean }) {
  const target = useRef<HTMLButtonElement>(null)
  return (
    <Menu returnFocus={false} position="bottom-start" shadow="md" disabled={disabled}>
      <Menu.Target>
        <ActionIcon
          ref={target}
          className={classes.tool}
          variant="subtle"
          color="gray"
          size="md"
          aria-label="Heading"
          aria-disabled={disabled || undefined}
          {...(disabled && { 'data-disabled': true })}
          tabIndex={-1}
          onMouseDown={(event) => event.preventDefault()}
        >
          <IconHeading />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown onKeyDown={({ key }) => key === 'Escape' && target.current?.focus()}>
        {levels.map((id) => (
          <Menu.Item key={id} onClick={() => onAction(id)} rightSection={<span className={classes.keys}>{shortcut(id)}</span>}>
            {actionOf(id).label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
