import { notifications } from '@mantine/notifications'
import { UndoNotification } from './UndoNotification'

/** The time for which notifications are shown, in milliseconds. Hover and focus stop the timer. */
const undoFor = 15_000
const errorFor = 10_000
const doneFor = 5_000

/** The notifications that offer an undo. */
const undoable = new Set<string>()

const closeButtonProps = { 'aria-label': 'Close notification' }

/** Shows a result that can be undone. A later one with the same id replaces it. */
export function showUndo(id: string, text: string, undo: () => void): void {
  const onUndo = () => {
    notifications.hide(id)
    undo()
  }
  notifications.hide(id)
  undoable.add(id)
  const onClose = () => void undoable.delete(id)
  notifications.show({ id, onClose, autoClose: undoFor, closeButtonProps, message: <UndoNotification text={text} onUndo={onUndo} /> })
}

/** Hides every notification that offers an undo. */
export function hideUndos(): void {
  for (const id of [...undoable]) notifications.hide(id)
}

/** Shows a message until its user closes it. A later one with the same id replaces it. */
export function showUntilClosed(id: string, message: string): void {
  notifications.hide(id)
  notifications.show({ id, autoClose: false, color: 'orange', closeButtonProps, message })
}

export function showDone(message: string): void {
  notifications.show({ autoClose: doneFor, closeButtonProps, message })
}

export function showError(title: string, message: string): void {
  notifications.show({ title, message, color: 'red', autoClose: errorFor, closeButtonProps })
}
