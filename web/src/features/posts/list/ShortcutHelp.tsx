import { ActionIcon, Group } from '@mantine/core'
import { useDisclosure, useWindowEvent } from '@mantine/hooks'
import { IconKeyboard } from '@tabler/icons-react'
import { lazy, memo, Suspense, useState } from 'react'
import { useNavigate } from 'react-router'
import { searchId } from './rowFocus'

const ShortcutDialog = lazy(async () => ({ default: (await import('./ShortcutDialog')).ShortcutDialog }))

/** The keyboard shortcuts of the list, their help, and the switch that turns those of a single key off. */
export const ShortcutHelp = memo(function ShortcutHelp({ canWrite }: { canWrite: boolean }) {
  const navigate = useNavigate()
  const [isOpen, { open, close }] = useDisclosure(false)
  const [isOn, setOn] = useStoredSwitch('wiredesk.shortcuts')
  const shortcuts = new Map<string, () => void>([
    ['/', () => document.getElementById(searchId)?.focus()],
    ['?', open],
    ...(canWrite ? [['n', () => void navigate('/posts/new')] as const] : []),
  ])
  useWindowEvent('keydown', (event) => {
    const run = shortcuts.get(event.key)
    if (!run || !isOn || !isPlain(event)) return
    event.preventDefault()
    run()
  })
  return (
    <Group gap="xs" ml="auto">
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Keyboard shortcuts" title="Keyboard shortcuts" onClick={open}>
        <IconKeyboard size={18} aria-hidden />
      </ActionIcon>
      {isOpen && (
        <Suspense>
          <ShortcutDialog canWrite={canWrite} isOn={isOn} onSwitch={setOn} onClose={close} />
        </Suspense>
      )}
    </Group>
  )
})

/** Whether the event is a shortcut: without a modifier but Shift, which some keyboards need for "/", and outside of text fields and menus. */
function isPlain({ ctrlKey, metaKey, altKey, defaultPrevented, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || defaultPrevented || !(target instanceof HTMLElement)) return false
  const isTyping = target.isContentEditable || target.matches('textarea, select, input:not([type="radio"], [type="checkbox"])')
  return !isTyping && target.closest('[role="menu"], [role="dialog"]') === null
}

/** A setting of this browser that is on until it is switched off. */
function useStoredSwitch(key: string): [boolean, (isOn: boolean) => void] {
  const [isOn, setOn] = useState(() => localStorage.getItem(key) !== 'off')
  const store = (next: boolean) => {
    setOn(next)
    localStorage.setItem(key, next ? 'on' : 'off')
  }
  return [isOn, store]
}
