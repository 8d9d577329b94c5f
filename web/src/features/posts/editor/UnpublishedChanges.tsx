import { Button, Modal, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { Post } from '@wiredesk/client'
import { fieldLabels, fieldText } from '../data/fields'
import { DiffView } from '../diff/DiffView'
import { changedFields, useLiveChanges, useLiveText } from './useLiveChanges'

/** The number of saved changes that are not published, and a comparison of them. */
export function UnpublishedChanges({ post }: { post: Post }) {
  const [opened, setOpened] = useState(false)
  const count = useLiveChanges(post)
  if (count === 0) return null
  const label = count === null ? 'Unpublished changes' : `${count} unpublished ${count === 1 ? 'change' : 'changes'}`
  return (
    <>
      <Button variant="subtle" size="compact-sm" onClick={() => setOpened(true)}>
        {label}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} size="80rem" title="Unpublished changes">
        <Comparison post={post} />
      </Modal>
    </>
  )
}

function Comparison({ post }: { post: Post }) {
  const texts = useLiveText(post)
  if (texts === null) return <Text size="sm">Couldn’t load the published text.</Text>
  const { live, saved } = texts
  return (
    <Stack gap="lg">
      {changedFields(live, saved).map((field) => (
        <section key={field} aria-label={fieldLabels[field]}>
          <Title order={3} size="h5" mb="xs">
            {fieldLabels[field]}
          </Title>
          <DiffView
            before={fieldText(field, live)}
            after={fieldText(field, saved)}
            beforeLabel="Published"
            afterLabel="Saved, not published"
          />
        </section>
      ))}
    </Stack>
  )
}
