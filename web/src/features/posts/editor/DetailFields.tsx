import { Autocomplete, NumberInput, SimpleGrid, TagsInput, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { FieldNotes } from './FieldNotes'
import { fieldLabels } from '../data/fieldTexts'
import { categoriesQuery } from '../data/posts'
import { TextField } from './TextField'
import { useField } from './useField'

/** Everything about a post but its title and content. */
export function DetailFields() {
  return (
    <>
      <DescriptionField />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        <TextField field="slug" maxLength={200} placeholder="Made from the title" />
        <CategoryField />
        <TagsField />
        <TextField field="authorName" maxLength={200} />
        <TextField field="authorPosition" maxLength={200} />
        <ReadTimeField />
        <TextField field="authorImage" maxLength={2048} placeholder="https://… or /path" />
        <TextField field="blogImage" maxLength={2048} placeholder="https://… or /path" />
      </SimpleGrid>
    </>
  )
}

function DescriptionField() {
  const { value, change, input } = useField('description')
  return (
    <div>
      <Textarea
        {...input}
        label={fieldLabels.description}
        rows={3}
        resize="vertical"
        maxLength={10_000}
        value={value}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
      <FieldNotes field="description" />
    </div>
  )
}

function CategoryField() {
  const { value, change, input } = useField('category')
  const { data } = useQuery(categoriesQuery)
  return (
    <div>
      <Autocomplete
        {...input}
        label={fieldLabels.category}
        maxLength={100}
        data={(data ?? []).map(({ name }) => name).filter(Boolean)}
        value={value}
        onChange={change}
      />
      <FieldNotes field="category" />
    </div>
  )
}

function TagsField() {
  const { value, change, input } = useField('tags')
  return (
    <div>
      <TagsInput
        {...input}
        label={fieldLabels.tags}
        placeholder={value.length === 0 ? 'Type one, then Enter' : ''}
        maxTags={20}
        value={value}
        onChange={change}
      />
      <FieldNotes field="tags" />
    </div>
  )
}

function ReadTimeField() {
  const { value, change, input } = useField('readTime')
  return (
    <div>
      <NumberInput
        {...input}
        label={fieldLabels.readTime}
        placeholder="Counted from the content"
        min={1}
        max={1000}
        allowDecimal={false}
        value={value ?? ''}
        onChange={(minutes) => change(typeof minutes === 'number' ? minutes : null)}
      />
      <FieldNotes field="readTime" />
    </div>
  )
}
