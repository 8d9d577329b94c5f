import { isDirty } from './draft'
import { useEditing } from './EditorContext'
import { TextField } from './TextField'

/** The last part of the post's address. */
export function SlugField({ wasPublished }: { wasPublished: boolean }) {
  const isChanged = useEditing(({ draft }) => isDirty(draft, 'slug'))
  const note = wasPublished && isChanged ? 'Readers of the old address will be redirected to this one.' : undefined
  return <TextField field="slug" placeholder="Leave empty to create from the title" description={note} />
}
