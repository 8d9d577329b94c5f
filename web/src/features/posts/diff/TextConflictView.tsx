import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import { mergeRegions, mergeWords } from '../data/merge'
import classes from './conflict.module.css'
import { HunkCard } from './HunkCard'
import { conflictsLeft, finalText, planResult, undecided, type Decision } from './resolution'
import { mountResult, type ResultEditor } from './resultEditor'

export type ConflictProps = {
  /** The field's name, as on its label. */
  label: string
  /** The text that both sides started from. */
  base: string
  mine: string
  theirs: string
  mineName: string
  theirsName: string
  onResolve: (result: string) => void
  onCancel: () => void
}

/** The number of conflicts that each click on “Show more” adds. */
const pageSize = 25

/** See ConflictView, which loads this. */
export function TextConflictView(props: ConflictProps) {
  const { label, base, mine, theirs, mineName, theirsName, onResolve, onCancel } = props
  const plan = useMemo(() => planResult(mergeRegions(base, mine, theirs), mergeWords), [base, mine, theirs])
  const { element, editor, decisions } = useResult(plan, `Result: ${label}`)
  const [listed, setListed] = useState(pageSize)
  const left = undecided(decisions)
  return (
    <Stack gap="md">
      {plan.hunks.slice(0, listed).map((hunk, index) => (
        <HunkCard
          key={index}
          name={`Conflict ${index + 1} of ${plan.hunks.length}`}
          hunk={hunk}
          decision={decisions[index] ?? null}
          mineName={mineName}
          theirsName={theirsName}
          onChoose={(choice) => editor.current?.choose(index, choice)}
          onShow={() => editor.current?.show(index)}
        />
      ))}
      {plan.hunks.length > listed && (
        <Button variant="default" onClick={() => setListed(listed + pageSize)}>
          {`Show ${Math.min(pageSize, plan.hunks.length - listed)} more conflicts`}
        </Button>
      )}
      <section aria-label="Result">
        <Title order={3} fz="sm" mb={4}>
          Result
        </Title>
        <Text size="xs" c="dimmed" mb={4}>
          You can edit the result. The post changes only when you select Apply.
        </Text>
        <div ref={element} className={classes.result} />
        <Legend mineName={mineName} theirsName={theirsName} merged={plan.merged.length} />
      </section>
      <Group justify="space-between" className={classes.footer}>
        <Text size="sm" fw={600} role="status">
          {conflictsLeft(left)}
        </Text>
        <Group gap="xl">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button disabled={left > 0} onClick={() => editor.current && onResolve(finalText(editor.current.text()))}>
            Apply
          </Button>
        </Group>
      </Group>
    </Stack>
  )
}

function useResult(plan: ReturnType<typeof planResult>, label: string) {
  const element = useRef<HTMLDivElement>(null)
  const editor = useRef<ResultEditor | null>(null)
  const [decisions, setDecisions] = useState<Decision[]>(() => plan.places.map(() => null))
  useEffect(() => {
    if (!element.current) return
    setDecisions(plan.places.map(() => null))
    const mounted = mountResult(element.current, { label, plan, onDecisions: setDecisions })
    editor.current = mounted
    return () => mounted.destroy()
  }, [plan, label])
  return { element, editor, decisions }
}

function Legend({ mineName, theirsName, merged }: { mineName: string; theirsName: string; merged: number }) {
  if (merged === 0) return null
  return (
    <Text size="xs" c="dimmed" mt={4} className={classes.legend}>
      Changes without conflicts, already in the result: <span className={classes.fromMine}>{mineName}</span>{' '}
      <span className={classes.fromTheirs}>{theirsName}</span>
    </Text>
  )
}
