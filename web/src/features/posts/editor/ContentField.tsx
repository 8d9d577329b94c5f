import { SegmentedControl } from '@mantine/core'
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks'
import { useMemo, useState, useSyncExternalStore } from 'react'
import { useLive } from '../../../live/useLive'
import { useSession } from '../../login/useSession'
import { fieldLabels } from '../data/fieldTexts'
import { useEditing, useEditor } from './EditorContext'
import classes from './editor.module.css'
import { FieldStatus } from './FieldStatus'
import { MarkdownEditor } from './markdown/MarkdownEditor'
import { MarkdownView } from './MarkdownView'
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
      {shown === 'preview' && control}
      <div className={shown === 'split' ? classes.sides : undefined}>
        <div hidden={shown === 'preview'} id={fieldId('content')}>
          <Editor actions={isFocusMode ? null : control} onFocusMode={setFocusMode} />
        </div>
        {shown !== 'write' && <Preview />}
      </div>
      <FieldStatus field="content" />
    </div>
  )
}

type EditorProps = { actions: React.ReactNode; onFocusMode: (isOn: boolean) => void }

function Editor({ actions, onFocusMode }: EditorProps) {
  const { session, onFocus, onLine, onSave, readOnlyReason } = useEditor()
  const error = useEditing(({ refusals }) => refusals.content?.message)
  return (
    <MarkdownEditor
      source={session.content}
      label={fieldLabels.content}
      readOnly={readOnlyReason !== null}
      error={error}
      people={useContentEditors()}
      actions={actions}
      onSave={onSave}
      onLine={onLine}
      onFocus={() => onFocus('content')}
      onBlur={() => onFocus(null)}
      onFocusMode={onFocusMode}
    />
  )
}

/** The others who have the caret in the content, and their lines. */
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

function Preview() {
  const text = useEditing(({ draft }) => draft.mine.content)
  const [shown] = useDebouncedValue(text, text.length > 20_000 ? 600 : 50)
  return <MarkdownView text={shown} className={classes.preview} label="Preview" />
}
