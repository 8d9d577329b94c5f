import { Button, Group } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'
import classes from './diff.module.css'
import { mountDiff, type Comparison } from './mountDiff'

export type DiffProps = {
  before: string
  after: string
  beforeLabel: string
  afterLabel: string
  /** Without it: split where there is room for two columns, else unified. */
  layout?: Comparison['layout']
}

/** See DiffView, which loads this. */
export function TextDiffView({ before, after, beforeLabel, afterLabel, layout }: DiffProps) {
  const isWide = useMediaQuery('(min-width: 48em)', false, { getInitialValueInEffect: false })
  const [isCollapsed, setCollapsed] = useState(true)
  const texts = useRef<HTMLDivElement>(null)
  const shown = layout ?? (isWide ? 'split' : 'unified')
  useEffect(() => {
    if (!texts.current) return
    return mountDiff(texts.current, { before, after, beforeLabel, afterLabel, layout: shown, isCollapsed })
  }, [before, after, beforeLabel, afterLabel, shown, isCollapsed])
  return (
    <div>
      <div className={classes.frame} role="group" aria-label={`${beforeLabel} compared with ${afterLabel}`}>
        <div className={classes.labels}>
          <div className={classes.beforeLabel}>{shown === 'unified' ? `− ${beforeLabel}` : beforeLabel}</div>
          <div className={classes.afterLabel}>{shown === 'unified' ? `+ ${afterLabel}` : afterLabel}</div>
        </div>
        <div ref={texts} className={classes.texts} />
      </div>
      <Group justify="flex-end" mt={4}>
        <Button size="compact-xs" variant="subtle" onClick={() => setCollapsed(!isCollapsed)}>
          {isCollapsed ? 'Show unchanged text' : 'Hide unchanged text'}
        </Button>
      </Group>
    </div>
  )
}
