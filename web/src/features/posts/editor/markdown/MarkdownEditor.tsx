import { Skeleton } from '@mantine/core'
import type { ReactNode, Ref } from 'react'
import { lazyPart } from '../../../../ui/lazyPart'
import type { Person } from './surface'
import type { TextSource } from '../../data/textSource'

/** The methods of the editor for the page around it. */
export type MarkdownEditorHandle = {
  focus: () => void
  /** Puts the caret at the start of a line, counted from 1. */
  goToLine: (line: number) => void
  /** Scrolls the text so that a line is at the top, without the caret. */
  scrollToLine: (line: number) => void
}

export type MarkdownEditorProps = {
  source: TextSource
  label: string
  readOnly?: boolean
  /** Why the text cannot be saved; shown below it. */
  error?: string | undefined
  required?: boolean
  /** The other users that edit this text, and their lines. */
  people?: readonly Person[]
  /** Further controls at the end of the toolbar, outside its arrow keys. */
  actions?: ReactNode
  /** Mod-S in the text. */
  onSave?: () => void
  /** The caret's line, at most once a second; null when the editor loses the focus. */
  onLine?: (line: number | null) => void
  /** The first visible line; its fraction is the part that is scrolled out of view. */
  onScrollLine?: (line: number) => void
  onFocus?: () => void
  onBlur?: () => void
  /** In focus mode the page hides everything but the text. Called at the start too, with the stored preference. */
  onFocusMode?: (isOn: boolean) => void
  ref?: Ref<MarkdownEditorHandle>
}

/**
 * An editor for Markdown, loaded on demand. It shows `source` and changes it, and renders nothing in React while its
 * user types. It keeps caret and undo history as long as it is mounted with the same source.
 */
export const MarkdownEditor = lazyPart<MarkdownEditorProps>(
  async () => (await import('./EditorFrame')).EditorFrame,
  ({ label }) => <Skeleton height="60vh" radius="md" aria-busy aria-label={`${label}: loading`} role="status" />,
)
