import { Stack, Text, Title } from '@mantine/core'
import type { StoredPost } from '@wiredesk/client'
import { fieldLabels } from '../data/fields'
import { DiffView } from '../diff/DiffView'
import { fieldChanges } from './fieldChanges'
import { ShortChange } from './ShortChange'

type Props = {
  before: StoredPost
  after: StoredPost
  /** Without it: "Version 3". */
  afterLabel?: string
}

/** The differences of two versions, field by field. */
export function VersionChanges({ before, after, afterLabel = `Version ${after.version}` }: Props) {
  const changes = fieldChanges(before, after)
  const isRemoved = before.content === undefined || after.content === undefined
  if (changes.length === 0 && !isRemoved) return <Text size="sm">The texts are identical.</Text>
  return (
    <Stack>
      {isRemoved && <Text size="sm">The content of one of these autosaved versions is no longer available.</Text>}
      {changes.map(({ field, isLong, ...texts }) => (
        <section key={field} aria-label={fieldLabels[field]}>
          <Title order={3} fz="sm" mb={4}>
            {fieldLabels[field]}
          </Title>
          {isLong ? (
            <DiffView {...texts} beforeLabel={`Version ${before.version}`} afterLabel={afterLabel} />
          ) : (
            <ShortChange {...texts} />
          )}
        </section>
      ))}
    </Stack>
  )
}
