import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './ListBar.module.css'

/** A line above a list that stays in view. Its height is reserved and its background is solid: rows never move for it. */
export function ListBar({ children }: { children: ReactNode }) {
  return (
    <Group className={classes.bar} gap="sm" wrap="nowrap">
      {children}
    </Group>
  )
}
