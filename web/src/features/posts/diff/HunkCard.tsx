import { Badge, Button, Group, Text } from '@mantine/core'
import { useMemo, type ReactNode } from 'react'
import classes from './conflict.module.css'
import type { Choice, Decision, Hunk } from './resolution'
import { WordDiff } from './WordDiff'
import { wordParts } from './wordParts'

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
          <Badge color={decision === null ? 'yellow' : 'teal'}>{decision === null ? 'Unresolved' : 'Resolved'}</Badge>
        </Group>
        <Button size="compact-xs" variant="subtle" onClick={onShow} aria-label={`Show in result, ${name.toLowerCase()}`}>
          Show in result
        </Button>
      </Group>
      <div className={classes.sides}>
        <Side title={`Mine: ${mineName}`} tone={classes.mine} action={button('mine', 'Use mine')}>
          <SideText base={base} text={mine} />
        </Side>
        <Side title="Original">
          <SideText base={base} text={base} />
        </Side>
        <Side title={`Theirs: ${theirsName}`} tone={classes.theirs} action={button('theirs', 'Use theirs')}>
          <SideText base={base} text={theirs} />
        </Side>
      </div>
      {combined !== null && (
        <Side title="Suggested merge" tone={classes.combined} action={button('combined', 'Use suggested merge')}>
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

/** One side of a conflict, with the words that it changed in the base. Text that is new as a whole is not marked. */
function SideText({ base, text }: { base: string; text: string }) {
  const parts = useMemo(() => wordParts(withoutLineEnd(base === '' ? text : base), withoutLineEnd(text)), [base, text])
  if (text === '') return <Note>{base === '' ? 'Empty' : 'Deleted this text'}</Note>
  return <WordDiff parts={parts} />
}

const withoutLineEnd = (text: string): string => text.replace(/\n$/, '')

function Note({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" fs="italic">
      {children}
    </Text>
  )
}
