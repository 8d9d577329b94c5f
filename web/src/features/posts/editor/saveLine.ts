import { ApiError } from '@wiredesk/client'
import { explain } from '../../../api/problem'
import { fieldLabels } from '../data/fields'
import { NoAnswerError } from '../data/posts'
import { conflictedFields, dirtyFields } from './draft'
import type { EditingState } from './editingState'
import { firstRefused } from './showField'

type SaveLine = {
  kind: 'saved' | 'unsaved' | 'saving' | 'problem'
  text: string
  /** The action of the button beside it. */
  action: 'retry' | 'show' | null
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

export const clockTime = (at: number | string): string => clock.format(new Date(at))

/** The line that describes the state of the last save. */
export function describeSave(state: EditingState, updatedAt: string | null): SaveLine {
  const { draft, busy, failure, block, savedAt } = state
  if (busy !== null) return { kind: 'saving', text: busy === 'saving' ? 'Saving…' : 'Publishing…', action: null }
  const isDirty = draft.pending !== null || dirtyFields(draft).length > 0
  if (block !== null && isDirty) return { kind: 'problem', text: `Not saved: ${blockReasons[block]}`, action: null }
  if (failure !== null && isDirty) return { kind: 'problem', text: `Not saved: ${failureReason(failure)}`, action: 'retry' }
  const [conflicted] = conflictedFields(draft)
  if (conflicted !== undefined) {
    return { kind: 'problem', text: `Not saved: ${fieldLabels[conflicted]} has a conflict`, action: null }
  }
  const refused = firstRefused(state)
  if (refused !== null) {
    const message = (state.refusals[refused]?.message ?? '').replace(/\.$/, '')
    return { kind: 'problem', text: `Not saved: ${fieldLabels[refused]}: ${message}`, action: 'show' }
  }
  if (isDirty && draft.mine.title.trim() === '') return { kind: 'unsaved', text: 'Add a title to save', action: null }
  if (isDirty) return { kind: 'unsaved', text: 'Unsaved changes', action: null }
  if (draft.version === 0) return { kind: 'saved', text: 'New draft', action: null }
  const at = savedAt ?? (updatedAt !== null && isToday(updatedAt) ? updatedAt : null)
  return { kind: 'saved', text: at === null ? 'Saved' : `Saved ${clockTime(at)}`, action: null }
}

const isToday = (at: string): boolean => new Date(at).toDateString() === new Date().toDateString()

const blockReasons = {
  deleted: 'this post was deleted',
  missing: 'this post is not in the database',
  'read-only': 'you have read-only access',
}

function failureReason(failure: unknown): string {
  if (failure instanceof NoAnswerError) return 'the server did not respond within 20 seconds'
  if (!(failure instanceof ApiError)) return 'can’t reach the server'
  if (failure.status === 401) return 'your session has ended. Sign in again'
  if (failure.status === 404) return 'this post was deleted'
  return explain(failure).replace(/\.$/, '')
}
