import { TextInput } from '@mantine/core'
import type { Field } from './draft'
import { FieldNotes } from './FieldNotes'
import { fieldLabels } from '../data/fieldTexts'
import { useField } from './useField'

type TextFieldName = Exclude<Field, 'tags' | 'readTime'>

type Props = { field: TextFieldName; maxLength: number; placeholder?: string; isRequired?: boolean }

/** A field of one line. */
export function TextField({ field, maxLength, placeholder = '', isRequired = false }: Props) {
  const { value, change, input } = useField(field)
  return (
    <div>
      <TextInput
        {...input}
        label={fieldLabels[field]}
        required={isRequired}
        maxLength={maxLength}
        placeholder={placeholder}
        value={value}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
      <FieldNotes field={field} />
    </div>
  )
}
