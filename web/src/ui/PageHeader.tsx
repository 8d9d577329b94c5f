import { Group, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** The title of the page and of the browser tab, with the page's actions beside it. */
export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Group justify="space-between" align="center" mb="lg" gap="sm">
      <title>{`${title} · Wiredesk`}</title>
      <Title order={1}>{title}</Title>
      {children}
    </Group>
  )
}
