import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

type Props = {
  title: string
  /** 1 when it stands for a whole page. */
  level?: 1 | 2
  children?: ReactNode
}

/** What stands where there is nothing: why, and (children) what to do about it. */
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
