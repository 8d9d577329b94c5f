import { Autocomplete, NumberInput, SimpleGrid, TagsInput, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Post } from '@wiredesk/client'
import { fieldLabels } from '../data/fields'
import { categoriesQuery } from '../data/posts'
import { CoverField } from './CoverField'
import classes from './editor.module.css'
import { isDirty } from './draft'
import { useEditing } from './EditorContext'
import { FieldStatus } from './FieldStatus'
import { TextField } from './TextField'
import { useField } from './useField'

/** Everything about a post but its title and content. */
export function DetailFields({ post }: { post: Post | null }) {
  return (
    <>
      <DescriptionField />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        <SlugField wasPublished={post !== null && post.publishedAt !== null} />
        <CategoryField />
        <TagsField />
        <TextField field="authorName" />
        <TextField field="authorPosition" />
        <ReadTimeField />
        <TextField field="authorImage" placeholder="Image URL or path" />
        <CoverField />
      </SimpleGrid>
    </>
  )
}

/** The last segment of the post's URL. */
function SlugField({ wasPublished }: { wasPublished: boolean }) {
  const isChanged = useEditing(({ draft }) => isDirty(draft, 'slug'))
  const note = wasPublished && isChanged ? 'The old URL will redirect to the new one.' : undefined
  return <TextField field="slug" placeholder="Leave empty to create from the title" description={note} />
}

function DescriptionField() {
  const { value, change, input } = useField('description')
  return (
    <div className={classes.field}>
      <Textarea
        {...input}
        label={fieldLabels.description}
        rows={3}
        resize="vertical"
        dir="auto"
        value={value}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
      <FieldStatus field="description" />
    </div>
  )
}

function CategoryField() {
  const { value, change, input } = useField('category')
  const { data } = useQuery(categoriesQuery)
  return (
    <div className={classes.field}>
      <Autocomplete
        {...input}
        label={fieldLabels.category}
        data={(data ?? []).map(({ name }) => name).filter(Boolean)}
        value={value}
        onChange={change}
        onBlur={(event) => {
          change(value.trim())
          input.onBlur(event)
        }}
      />
      <FieldStatus field="category" />
    </div>
  )
}

function TagsField() {
  const { value, change, input } = useField('tags')
  return (
    <div className={classes.field}>
      <TagsInput
        {...input}
        label={fieldLabels.tags}
        placeholder={value.length === 0 ? 'Add tags (press Enter after each)' : ''}
        maxTags={20}
        value={value}
        onChange={change}
      />
      <FieldStatus field="tags" />
    </div>
  )
}

function ReadTimeField() {
  const { value, change, input } = useField('readTime')
  return (
    <div className={classes.field}>
      <NumberInput
        {...input}
        label={`${fieldLabels.readTime} (minutes)`}
        placeholder="Calculated automatically"
        min={1}
        max={1000}
        allowDecimal={false}
        value={value ?? ''}
        onChange={(minutes) => change(typeof minutes === 'number' ? minutes : null)}
      />
      <FieldStatus field="readTime" />
    </div>
  )
}
