import type { StateCommand } from '@codemirror/state'
import {
  IconAlignLeft,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBold,
  IconCode,
  IconFocus2,
  IconItalic,
  IconHelp,
  IconList,
  IconListCheck,
  IconListNumbers,
  IconPhoto,
  IconQuote,
  IconSearch,
  IconSourceCode,
  IconStrikethrough,
  IconTable,
  IconLink,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { type ActionId, actionOf } from './actions'
import type { DialogStart } from './dialogs'
import { HeadingMenu } from './HeadingMenu'
import { LinkForm } from './LinkForm'
import classes from './markdown.module.css'
import { TableForm } from './TableForm'
import { ToolbarButton } from './ToolbarButton'
import { ToolbarPopover } from './ToolbarPopover'
import { useRovingFocus } from './useRovingFocus'

type Props = {
  isPlain: boolean
  isFocused: boolean
  isReadOnly: boolean
  dialog: DialogStart | null
  onAction: (id: ActionId) => void
  onCommand: (command: StateCommand) => void
  onCloseDialog: () => void
  actions: ReactNode
}

/** The controls above the text: one tab stop, arrow keys between them. */
export function Toolbar({ isPlain, isFocused, isReadOnly, dialog, onAction, onCommand, onCloseDialog, actions }: Props) {
  const roving = useRovingFocus()
  const button = (id: ActionId, icon: ReactNode, isOpen?: boolean) => (
    <ToolbarButton id={id} icon={icon} onAction={onAction} disabled={isReadOnly} isOpen={isOpen} />
  )
  const finish = (command: StateCommand) => {
    onCommand(command)
    onCloseDialog()
  }
  const popover = (kind: DialogStart['kind'], icon: ReactNode, form: ReactNode) => (
    <ToolbarPopover
      label={actionOf(kind).label}
      opened={dialog?.kind === kind}
      onClose={onCloseDialog}
      target={button(kind, icon, dialog?.kind === kind)}
    >
      {form}
    </ToolbarPopover>
  )
  return (
    <div className={classes.bar}>
      <div {...roving} role="toolbar" aria-label="Formatting" className={classes.tools}>
        {button('undo', <IconArrowBackUp />)}
        {button('redo', <IconArrowForwardUp />)}
        <HeadingMenu onAction={onAction} disabled={isReadOnly} />
        {button('bold', <IconBold />)}
        {button('italic', <IconItalic />)}
        {button('strikethrough', <IconStrikethrough />)}
        {button('code', <IconCode />)}
        {popover('link', <IconLink />, dialog?.kind === 'link' && <LinkForm dialog={dialog} onDone={finish} onCancel={onCloseDialog} />)}
        {button('bulletList', <IconList />)}
        {button('orderedList', <IconListNumbers />)}
        {button('taskList', <IconListCheck />)}
        {button('quote', <IconQuote />)}
        {button('codeBlock', <IconSourceCode />)}
        {popover('table', <IconTable />, dialog?.kind === 'table' && <TableForm onDone={finish} onCancel={onCloseDialog} />)}
        {popover('image', <IconPhoto />, dialog?.kind === 'image' && <LinkForm dialog={dialog} onDone={finish} onCancel={onCloseDialog} />)}
        {!isPlain && <ToolbarButton id="find" icon={<IconSearch />} onAction={onAction} />}
        {!isPlain && <ToolbarButton id="focusMode" icon={<IconFocus2 />} onAction={onAction} isPressed={isFocused} />}
        <ToolbarButton id="plainText" icon={<IconAlignLeft />} onAction={onAction} isPressed={isPlain} />
        <ToolbarButton id="help" icon={<IconHelp />} onAction={onAction} />
      </div>
      {actions}
    </div>
  )
}
