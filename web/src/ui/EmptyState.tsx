import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

type Props = {
  title: string
  /** The heading level: 1 when it is the whole page. */
  level?: 1 | 2
  children?: ReactNode
}

/** Shown in place of an empty list or page: why it is empty and, as children, what to do. */
export function EmptyState({ title, level = 2, children }: Props) {
  return (
    <Stack align="center" gap="xs" py={64} px="md" ta="center">
      <Title order={level} fz="lg">
        {title}
      </Title>
      {typeof children === 'string' ? <Text c="dimmed">{children}</Text> : children}
    </Stack>
  )
}
