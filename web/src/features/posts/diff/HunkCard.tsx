import { Badge, Button, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './conflict.module.css'
import type { Choice, Decision, Hunk } from './resolution'
import { SideText } from './SideText'

type Props = {
  /** "Conflict 1 of 2". */
  name: string
  hunk: Hunk
  decision: Decision
  mineName: string
  theirsName: string
  onChoose: (choice: Choice) => void
  onShow: () => void
}

/** One conflict: the common text, the text of each side, and the choices. */
export function HunkCard({ name, hunk, decision, mineName, theirsName, onChoose, onShow }: Props) {
  const { base, mine, theirs, combined } = hunk
  const button = (choice: Choice, label: string) => (
    <Button
      size="sm"
      variant={decision === choice ? 'filled' : 'default'}
      aria-pressed={decision === choice}
      aria-label={`${label}, ${name.toLowerCase()}`}
      onClick={() => onChoose(choice)}
    >
      {label}
    </Button>
  )
  return (
    <section className={classes.hunk} aria-label={name}>
      <Group justify="space-between" mb="xs">
        <Group gap="xs">
          <Text fw={600}>{name}</Text>
          <Badge color={decision === null ? 'yellow' : 'teal'}>{decision === null ? 'Not decided' : 'Decided'}</Badge>
        </Group>
        <Button size="compact-xs" variant="subtle" onClick={onShow} aria-label={`Show in result, ${name.toLowerCase()}`}>
          Show in result
        </Button>
      </Group>
      <div className={classes.sides}>
        <Side title={`Mine: ${mineName}`} tone={classes.mine} action={button('mine', 'Use mine')}>
          <SideText base={base} text={mine} />
        </Side>
        <Side title="Before both changes">
          <SideText base={base} text={base} />
        </Side>
        <Side title={`Theirs: ${theirsName}`} tone={classes.theirs} action={button('theirs', 'Use theirs')}>
          <SideText base={base} text={theirs} />
        </Side>
      </div>
      {combined !== null && (
        <Side title="Proposal: the changes of both" tone={classes.combined} action={button('combined', 'Combine both')}>
          <SideText base={base} text={combined} />
        </Side>
      )}
      <Group mt="sm" justify="center">
        {button('both', 'Use both, mine first')}
      </Group>
    </section>
  )
}

type SideProps = { title: string; tone?: string | undefined; action?: ReactNode; children: ReactNode }

function Side({ title, tone, action, children }: SideProps) {
  return (
    <div className={`${classes.side} ${tone ?? ''}`}>
      <Text size="xs" fw={600} dir="auto">
        {title}
      </Text>
      <div className={classes.text}>{children}</div>
      {action}
    </div>
  )
}
