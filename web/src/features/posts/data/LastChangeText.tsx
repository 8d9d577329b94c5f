import { Text } from '@mantine/core'
import { Ago } from '../../../ui/Ago'

/** "Ana changed title, 2 minutes ago". */
export function LastChangeText({ words, at }: { words: string; at: string }) {
  return (
    <Text size="sm" c="dimmed">
      {words}, <Ago at={at} />
    </Text>
  )
}
