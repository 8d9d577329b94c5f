import { TextInput } from '@mantine/core'
import { fieldLabels } from '../data/fields'
import { useEditing } from './EditorContext'
import classes from './editor.module.css'
import { FieldStatus } from './FieldStatus'
import { preferences, setPreferences } from './preferences'
import { showField } from './showField'
import { useField } from './useField'

/** The title. Enter moves the focus to the content. */
export function TitleField() {
  const { value, change, input } = useField('title')
  const isNew = useEditing(({ draft }) => draft.version === 0)
  return (
    <div className={`${classes.field} ${classes.title}`}>
      <TextInput
        {...input}
        label={fieldLabels.title}
        required
        dir="auto"
        autoFocus={isNew}
        value={value}
        onChange={({ currentTarget }) => change(currentTarget.value)}
        onBlur={(event) => {
          change(value.trim())
          input.onBlur(event)
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
          event.preventDefault()
          if (preferences().layout === 'preview') setPreferences({ layout: 'split' })
          showField('content')
        }}
      />
      <FieldStatus field="title" />
    </div>
  )
}
