import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './ListBar.module.css'

/** A sticky line above a list. Its height is reserved, so that rows do not move when its content changes. */
export function ListBar({ children }: { children: ReactNode }) {
  return (
    <Group className={classes.bar} gap="sm" wrap="nowrap">
      {children}
    </Group>
  )
}
