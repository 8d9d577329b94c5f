import { Text } from '@mantine/core'
import { lazyPart } from '../../../ui/lazyPart'
import { Pending } from '../../../ui/Pending'
import type { DiffProps } from './TextDiffView'

const TextDiffView = lazyPart<DiffProps>(
  async () => (await import('./TextDiffView')).TextDiffView,
  () => <Pending label="Loading…" />,
)

/** Two texts compared by paragraphs and words, with long unchanged regions collapsed. The code is loaded when shown. */
export function DiffView(props: DiffProps) {
  if (props.before === props.after) return <Text size="sm">The texts are identical.</Text>
  return <TextDiffView {...props} />
}
