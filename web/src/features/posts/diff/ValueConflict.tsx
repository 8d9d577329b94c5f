import { Button, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './conflict.module.css'
import { SideText } from './SideText'

type Props = {
  /** The field's name, as on its label. */
  label: string
  base: string
  mine: string
  theirs: string
  mineName: string
  theirsName: string
  onChoose: (side: 'mine' | 'theirs') => void
}

/** Resolves a conflict in a short value: one side is used. */
export function ValueConflict({ label, base, mine, theirs, mineName, theirsName, onChoose }: Props) {
  return (
    <div className={classes.sides} role="group" aria-label={`Conflict: ${label}`}>
      <Value title={`Mine: ${mineName}`} tone={classes.mine}>
        <SideText base={base} text={mine} />
        <Button variant="default" aria-label={`Use mine, ${label}`} onClick={() => onChoose('mine')}>
          Use mine
        </Button>
      </Value>
      <Value title="Before both changes">
        <SideText base={base} text={base} />
      </Value>
      <Value title={`Theirs: ${theirsName}`} tone={classes.theirs}>
        <SideText base={base} text={theirs} />
        <Button variant="default" aria-label={`Use theirs, ${label}`} onClick={() => onChoose('theirs')}>
          Use theirs
        </Button>
      </Value>
    </div>
  )
}

function Value({ title, tone, children }: { title: string; tone?: string | undefined; children: ReactNode }) {
  return (
    <Stack gap="xs" align="flex-start" className={`${classes.side} ${tone ?? ''}`}>
      <Text size="xs" fw={600} dir="auto">
        {title}
      </Text>
      {children}
    </Stack>
  )
}
