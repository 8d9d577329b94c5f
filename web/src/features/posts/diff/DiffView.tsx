import { lazy, Suspense } from 'react'
import { Text } from '@mantine/core'
import { Pending } from '../../../ui/Pending'
import type { DiffProps } from './TextDiffView'

const TextDiffView = lazy(async () => ({ default: (await import('./TextDiffView')).TextDiffView }))

/** Two texts compared by paragraphs and words, with long unchanged regions collapsed. The code is loaded when shown. */
export function DiffView(props: DiffProps) {
  if (props.before === props.after) return <Text size="sm">The texts are identical.</Text>
  return (
    <Suspense fallback={<Pending label="Loading…" />}>
      <TextDiffView {...props} />
    </Suspense>
  )
}
