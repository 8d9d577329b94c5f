import { Input, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useEffect, useId, useImperativeHandle, useMemo, useState } from 'react'
import { type ActionId, actionOf } from './actions'
import { type DialogStart, dialogStart } from './dialogs'
import { HelpDialog } from './HelpDialog'
import type { MarkdownEditorProps } from './MarkdownEditor'
import classes from './markdown.module.css'
import { readPreference, writePreference } from './preferences'
import { StatusLine } from './StatusLine'
import type { EditorEvents, Person, SurfaceSettings } from './surface'
import { Toolbar } from './Toolbar'
import { useSurface } from './useSurface'

const noPeople: readonly Person[] = []
const noop = () => undefined

/** The editor with its label, toolbar and status line. It renders when a mode or a dialog changes, and never for a key. */
export function EditorFrame(props: MarkdownEditorProps) {
  const { source, label, readOnly = false, error = '', required = false, people = noPeople, actions, ref } = props
  const id = useId()
  const [isPlain, setPlain] = useState(() => readPreference('plainText'))
  const [isFocused, setFocused] = useState(() => readPreference('focus'))
  const [dialog, setDialog] = useState<DialogStart | null>(null)
  const [isHelpOpen, setHelpOpen] = useState(false)

  const settings = useMemo((): SurfaceSettings => {
    const attributes = {
      'aria-labelledby': `${id}-label`,
      'aria-describedby': error ? `${id}-error` : '',
      'aria-invalid': error ? 'true' : '',
      'aria-required': required ? 'true' : '',
    }
    return { readOnly, focusMode: isFocused, people, attributes }
  }, [id, readOnly, isFocused, people, error, required])

  const act = (action: ActionId) => {
    const { command } = actionOf(action)
    if (command) surface.current?.run(command)
    else if (action === 'find') surface.current?.find()
    else if (action === 'help') setHelpOpen(true)
    else if (action === 'focusMode') setFocused(!isFocused)
    else if (action === 'plainText') setPlain(!isPlain)
    else if (surface.current && !readOnly) setDialog(dialogStart(action, surface.current.state()))
  }
  const events: EditorEvents = {
    onAction: act,
    onSave: props.onSave ?? noop,
    onLine: props.onLine ?? noop,
    onScrollLine: props.onScrollLine ?? noop,
    onFocus: props.onFocus ?? noop,
    onBlur: props.onBlur ?? noop,
    onMessage: (message) => notifications.show({ message, autoClose: 10_000 }),
  }
  const { host, surface } = useSurface(source, isPlain, settings, events)

  useImperativeHandle(
    ref,
    () => ({
      focus: () => surface.current?.focus(),
      goToLine: (line) => surface.current?.goToLine(line),
      scrollToLine: (line) => surface.current?.scrollToLine(line),
    }),
    [surface],
  )

  const { onFocusMode } = props
  useEffect(() => {
    writePreference('focus', isFocused)
    onFocusMode?.(isFocused)
  }, [isFocused, onFocusMode])
  useEffect(() => writePreference('plainText', isPlain), [isPlain])

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
