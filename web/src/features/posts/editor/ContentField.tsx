import { SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { type Ref, useMemo, useState, useSyncExternalStore } from 'react'
import { useLive } from '@wiredesk/react'
import { useSession } from '../../login/useSession'
import { fieldLabels } from '../data/fields'
import { Preview } from '../preview/Preview'
import { useScrollSync } from './useScrollSync'
import { useEditing, useEditor } from './EditorContext'
import classes from './editor.module.css'
import { FieldStatus } from './FieldStatus'
import { MarkdownEditor, type MarkdownEditorHandle } from './markdown/MarkdownEditor'
import { preferences, setPreferences, watchPreferences, type Layout } from './preferences'
import { fieldId } from './showField'

const layouts: { value: Layout; label: string }[] = [
  { value: 'write', label: 'Write' },
  { value: 'split', label: 'Split' },
  { value: 'preview', label: 'Preview' },
]

/** The Markdown with its preview: side by side, or one of them. The editor stays mounted in each. */
export function ContentField() {
  const { layout } = useSyncExternalStore(watchPreferences, preferences)
  const isNarrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false })
  const [isFocusMode, setFocusMode] = useState(false)
  const { session } = useEditor()
  const { editor, preview, onEditorScroll, onPreviewScroll } = useScrollSync()
  const shown = isFocusMode ? 'write' : isNarrow && layout === 'split' ? 'write' : layout
  const control = (
    <SegmentedControl
      aria-label="Layout"
      size="xs"
      value={shown}
      onChange={(next) => setPreferences({ layout: layouts.find(({ value }) => value === next)?.value ?? 'split' })}
      data={isNarrow ? layouts.filter(({ value }) => value !== 'split') : layouts}
    />
  )
  return (
    <div className={classes.field}>
      {!isFocusMode && <div className={classes.layout}>{control}</div>}
      <div className={shown === 'split' ? classes.sides : undefined}>
        <div hidden={shown === 'preview'} id={fieldId('content')}>
          <Editor onFocusMode={setFocusMode} onScrollLine={onEditorScroll} ref={editor} />
        </div>
        {shown !== 'write' && (
          <div className={shown === 'split' ? classes.previewPane : undefined}>
            <Preview
              source={session.content}
              label="Preview"
              className={shown === 'split' ? classes.fill : undefined}
              onScrollLine={onPreviewScroll}
              ref={preview}
            />
          </div>
        )}
      </div>
      <div className={classes.besideLayout}>
        <FieldStatus field="content" />
      </div>
    </div>
  )
}

type EditorProps = {
  onFocusMode: (isOn: boolean) => void
  onScrollLine: (line: number) => void
  ref: Ref<MarkdownEditorHandle>
}

function Editor({ onFocusMode, onScrollLine, ref }: EditorProps) {
  const { session, onFocus, onLine, onSave, readOnlyReason } = useEditor()
  const error = useEditing(({ refusals }) => refusals.content?.message)
  return (
    <MarkdownEditor
      source={session.content}
      label={fieldLabels.content}
      readOnly={readOnlyReason !== null}
      error={error}
      people={useContentEditors()}
      onSave={onSave}
      onLine={onLine}
      onFocus={() => onFocus('content')}
      onBlur={() => onFocus(null)}
      onFocusMode={onFocusMode}
      onScrollLine={onScrollLine}
      ref={ref}
    />
  )
}

/** The other users with the caret in the content, and their lines. */
function useContentEditors() {
  const { presence } = useLive()
  const { user } = useSession()
  const postId = useEditing((state) => state.postId)
  const people = presence.flatMap(({ id, postId: other, name, field, line }) =>
    other === postId && id !== user?.id && field === 'content' && typeof line === 'number' ? [{ name, line }] : [],
  )
  const key = JSON.stringify(people)
  return useMemo((): typeof people => JSON.parse(key), [key])
}
