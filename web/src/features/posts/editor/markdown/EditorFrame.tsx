import { Input, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type RefObject, useEffect, useId, useImperativeHandle, useMemo, useState } from 'react'
import { type ActionId, actionOf } from './actions'
import { type DialogStart, dialogStart } from './dialogs'
import { HelpDialog } from './HelpDialog'
import type { MarkdownEditorHandle, MarkdownEditorProps } from './MarkdownEditor'
import classes from './markdown.module.css'
import { readPreference, writePreference } from './preferences'
import { StatusLine } from './StatusLine'
import type { EditorEvents, Person, Surface, SurfaceSettings } from './surface'
import { Toolbar } from './Toolbar'
import { useSurface } from './useSurface'

const noPeople: readonly Person[] = []
const noop = () => undefined

/** The editor with its label, toolbar and status line. It renders when a mode or a dialog changes, but not while the user types. */
export function EditorFrame(props: MarkdownEditorProps) {
  const { source, label, readOnly = false, error = '', required = false, people = noPeople, actions, ref } = props
  const id = useId()
  const { isPlain, setPlain, isFocused, setFocused } = useModes(props.onFocusMode)
  const [dialog, setDialog] = useState<DialogStart | null>(null)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const settings = useMemo(
    (): SurfaceSettings => ({ readOnly, focusMode: isFocused, people, attributes: ariaAttributes(id, error, required) }),
    [id, readOnly, isFocused, people, error, required],
  )

  const act = (action: ActionId) => {
    const { command } = actionOf(action)
    if (command) surface.current?.run(command)
    else if (action === 'find') surface.current?.find()
    else if (action === 'help') setHelpOpen(true)
    else if (action === 'focusMode') setFocused(!isFocused)
    else if (action === 'plainText') setPlain(!isPlain)
    else if (surface.current && !readOnly) setDialog(dialogStart(action, surface.current.state()))
  }
  const { host, surface } = useSurface(source, isPlain, settings, eventsOf(props, act))
  useImperativeHandle(ref, () => handleOf(surface), [surface])
  const closeDialog = () => {
    setDialog(null)
    surface.current?.focus()
  }
  return (
    <div className={classes.frame}>
      <Input.Label id={`${id}-label`} labelElement="div" required={required} onClick={() => surface.current?.focus()}>
        {label}
      </Input.Label>
      <div className={classes.editor} data-error={error !== '' || undefined}>
        <Toolbar
          isPlain={isPlain}
          isFocused={isFocused}
          isReadOnly={readOnly}
          dialog={dialog}
          onAction={act}
          onCommand={(command) => surface.current?.run(command)}
          onCloseDialog={closeDialog}
          actions={actions}
        />
        <div ref={host} className={isPlain ? classes.plain : classes.code} />
        <StatusLine source={source} people={people} onGoToLine={(line) => surface.current?.goToLine(line)} />
      </div>
      {error !== '' && (
        <Text id={`${id}-error`} size="sm" c="red" mt={4}>
          {error}
        </Text>
      )}
      <HelpDialog opened={isHelpOpen} onClose={() => setHelpOpen(false)} onClosed={() => surface.current?.focus()} />
    </div>
  )
}

/** The two modes of the editor, stored as preferences of this browser. */
function useModes(onFocusMode: MarkdownEditorProps['onFocusMode']) {
  const [isPlain, setPlain] = useState(() => readPreference('plainText'))
  const [isFocused, setFocused] = useState(() => readPreference('focus'))
  useEffect(() => {
    writePreference('focus', isFocused)
    onFocusMode?.(isFocused)
  }, [isFocused, onFocusMode])
  useEffect(() => writePreference('plainText', isPlain), [isPlain])
  return { isPlain, setPlain, isFocused, setFocused }
}

const handleOf = (surface: RefObject<Surface | null>): MarkdownEditorHandle => ({
  focus: () => surface.current?.focus(),
  goToLine: (line) => surface.current?.goToLine(line),
  scrollToLine: (line) => surface.current?.scrollToLine(line),
})

const ariaAttributes = (id: string, error: string, required: boolean): SurfaceSettings['attributes'] => ({
  'aria-labelledby': `${id}-label`,
  'aria-describedby': error ? `${id}-error` : '',
  'aria-invalid': error ? 'true' : '',
  'aria-required': required ? 'true' : '',
})

const eventsOf = (props: MarkdownEditorProps, onAction: EditorEvents['onAction']): EditorEvents => ({
  onAction,
  onSave: props.onSave ?? noop,
  onLine: props.onLine ?? noop,
  onScrollLine: props.onScrollLine ?? noop,
  onFocus: props.onFocus ?? noop,
  onBlur: props.onBlur ?? noop,
  onMessage: (message) => notifications.show({ message, autoClose: 10_000 }),
})
