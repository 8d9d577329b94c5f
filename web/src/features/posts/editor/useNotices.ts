import { type ReactNode, useState, useSyncExternalStore } from 'react'
import { useNavigate } from 'react-router'
import type { Post } from '@wiredesk/client'
import { fieldLabels, fields } from '../data/fields'
import type { Deletion } from '../data/posts'
import { conflictedFields } from './draft'
import { deleteDraft, type DraftRecord } from './draftStorage'
import { fieldsToCopy } from './copyText'
import { useEditing, useEditor } from './EditorContext'
import { conflictCause } from './personName'
import { clockTime } from './saveLine'
import { useColleagueChange } from './useColleagueChange'
import { copyAndReport, useCopyMyText } from './useCopyMyText'
import { useReplacedNotice } from './useReplacedNotice'

export type Notice = {
  key: string
  color: 'red' | 'orange' | 'blue'
  text: string
  actions: readonly { label: string; run: () => void }[]
  onDismiss?: () => void
  /** The confirmation dialog of an action. */
  dialog?: ReactNode
}

/** The notices of the editor, the most important first. */
export function useNotices(post: Post | null, deletion: Deletion | null, onRestore: () => void): Notice[] {
  const deleted = useDeletionNotice(deletion, onRestore)
  const readOnly = useReadOnlyNotice()
  const replaced = useReplacedNotice()
  const conflict = useConflictNotice()
  const storage = useStorageNotice()
  const colleague = useColleagueChange(post)
  const restored = useRestoredNotice()
  const rejected = useRejectedNotice()
  const others = useOtherTextsNotices(post)
  return [deleted, readOnly, replaced, conflict, storage, colleague, restored, ...others, rejected].filter((notice) => notice !== null)
}

function useDeletionNotice(deletion: Deletion | null, onRestore: () => void): Notice | null {
  if (deletion === null) return null
  const text = `${deletion.by.name} deleted this post at ${clockTime(deletion.at)}. Your text is still here.`
  return { key: 'deleted', color: 'red', text, actions: [{ label: 'Restore post', run: onRestore }] }
}

function useReadOnlyNotice(): Notice | null {
  const { readOnlyReason } = useEditor()
  const copy = useCopyMyText()
  if (readOnlyReason === null) return null
  return { key: 'read-only', color: 'red', text: readOnlyReason, actions: [{ label: 'Copy my text', run: copy }] }
}

function useConflictNotice(): Notice | null {
  const { session, onReview } = useEditor()
  const text = useEditing(({ draft, replaced }) => {
    const names = conflictedFields(draft)
    const [first] = names
    if (first === undefined) return null
    const labels = names.map((field) => fieldLabels[field]).join(', ')
    if (replaced !== null && names.every((field) => draft.conflicts[field]?.isReplaced)) return null
    return `${conflictCause(draft, first, session.userId, labels)} Your version is kept until you decide.`
  })
  return text === null ? null : { key: 'conflict', color: 'orange', text, actions: [{ label: 'Review', run: onReview }] }
}

function useStorageNotice(): Notice | null {
  const { session } = useEditor()
  const error = useSyncExternalStore(session.recorder.watch, session.recorder.error)
  const copy = useCopyMyText()
  if (error === null) return null
  const isFull = error instanceof DOMException && error.name === 'QuotaExceededError'
  const reason = isFull ? 'its storage is full' : 'it does not allow storage'
  const text = `Unsaved text can’t be backed up in this browser: ${reason}. Save before leaving.`
  return { key: 'storage', color: 'orange', text, actions: [{ label: 'Copy my text', run: copy }] }
}

function useRestoredNotice(): Notice | null {
  const { session, editing } = useEditor()
  const [isOpen, setIsOpen] = useState(true)
  const isBusy = useEditing(({ busy }) => busy !== null)
  const { restored } = session
  if (restored === null || !isOpen) return null
  const discard = () => {
    for (const field of fields) {
      const text = restored.text[field]
      if (text !== undefined) session.rejected.add(field, String(text), 'discarded')
    }
    editing.revert(restored.text, restored.before)
    setIsOpen(false)
  }
  return {
    key: 'restored',
    color: 'blue',
    text: `Unsaved changes from ${clockTime(restored.at)} were restored.`,
    actions: isBusy ? [] : [{ label: 'Discard changes', run: discard }],
    onDismiss: () => setIsOpen(false),
  }
}

/** Offers the texts of closed tabs until they are restored or deleted. */
function useOtherTextsNotices(post: Post | null): Notice[] {
  const { session, editing } = useEditor()
  const navigate = useNavigate()
  const [left, setLeft] = useState(session.others)
  const canRestore = useEditing(() => !editing.isUnsaved())
  const remove = (record: DraftRecord) => setLeft((now) => now.filter(({ key }) => key !== record.key))
  const restore = (record: DraftRecord) => {
    remove(record)
    if (post) session.adopt(record, post)
    else void navigate('/posts/new', { state: { restore: record.key } })
  }
  return left.map((record) => {
    const name = record.title.trim() === '' ? '' : ` of “${record.title.trim()}”`
    const text = post
      ? `You have unsaved text from another tab, last edited at ${clockTime(record.at)}.`
      : `You have an unsaved new post${name} from ${clockTime(record.at)}.`
    const { mine } = record.draft
    const names = fields.filter((field) => mine[field] !== undefined)
    return {
      key: record.key,
      color: 'blue',
      text,
      actions: [
        ...(canRestore || !post ? [{ label: 'Restore', run: () => restore(record) }] : []),
        { label: 'Copy', run: () => void copyAndReport(fieldsToCopy(names, { ...editing.get().draft.mine, ...mine })) },
        {
          label: 'Delete',
          run: () => {
            remove(record)
            void deleteDraft(record.key).catch(() => undefined)
          },
        },
      ],
    }
  })
}

function useRejectedNotice(): Notice | null {
  const { session } = useEditor()
  const texts = useSyncExternalStore(session.rejected.watch, session.rejected.get)
  const [newest] = texts
  if (!newest) return null
  const count = texts.length > 1 ? ` (${texts.length} kept)` : ''
  const words = newest.reason === 'conflict' ? 'replaced' : 'discarded'
  return {
    key: `rejected-${newest.key}`,
    color: 'blue',
    text: `Rejected text${count}: your ${fieldLabels[newest.field].toLowerCase()} was ${words} at ${clockTime(newest.at)}.`,
    actions: [{ label: 'Copy my text', run: () => void copyAndReport(newest.text) }],
    onDismiss: () => session.rejected.dismiss(newest.key),
  }
}
