import { Group, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** A page's title, which is the tab's too, with the page's actions beside it. */
export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Group justify="space-between" align="center" mb="lg" gap="sm">
      <title>{`${title} · Wiredesk`}</title>
      <Title order={1}>{title}</Title>
      {children}
    </Group>
  )
}
