import { TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { fieldLabels, type Field } from '../data/fields'
import classes from './editor.module.css'
import { FieldStatus } from './FieldStatus'
import { useField } from './useField'

type TextFieldName = Exclude<Field, 'tags' | 'readTime'>

type Props = { field: TextFieldName; placeholder?: string; description?: ReactNode }

/** A field of one line. The server trims it, so it is trimmed when it is left, and not while it is typed. */
export function TextField({ field, placeholder = '', description }: Props) {
  const { value, change, input } = useField(field)
  return (
    <div className={classes.field}>
      <TextInput
        {...input}
        label={fieldLabels[field]}
        description={description}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        placeholder={placeholder}
        value={value}
        onChange={({ currentTarget }) => change(currentTarget.value)}
        onBlur={(event) => {
          change(value.trim())
          input.onBlur(event)
        }}
      />
      <FieldStatus field={field} />
    </div>
  )
}
