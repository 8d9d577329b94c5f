import { Button, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import type { StoredEvent } from '@wiredesk/client'
import { timeSpan } from '../../../ui/timeSpan'
import { hasText } from '../data/versions'
import classes from './history.module.css'
import { isThinned } from './versions'

type Props = {
  events: readonly StoredEvent[]
  from: number
  to: number
  onCompare: (from: number, to: number) => void
}

/** Picks two versions to compare. */
export function CompareForm({ events, from, to, onCompare }: Props) {
  const [older, setOlder] = useState(from)
  const [newer, setNewer] = useState(to)
  const options = optionsOf(events, [from, to])
  return (
    <form
      className={classes.compare}
      aria-label="Compare versions"
      onSubmit={(event) => {
        event.preventDefault()
        onCompare(older, newer)
      }}
    >
      <NativeSelect
        label="Compare"
        size="xs"
        data={options}
        value={String(older)}
        onChange={({ currentTarget }) => setOlder(Number(currentTarget.value))}
      />
      <NativeSelect
        label="with"
        size="xs"
        data={options}
        value={String(newer)}
        onChange={({ currentTarget }) => setNewer(Number(currentTarget.value))}
      />
      <Button type="submit" size="xs" variant="default" disabled={older === newer}>
        Compare
      </Button>
    </form>
  )
}

function optionsOf(events: readonly StoredEvent[], chosen: readonly number[]) {
  const kept = events.filter((event) => hasText(event) && !isThinned(event))
  const known = kept.map(({ data, actor, time }) => ({
    value: String(data.version),
    label: `Version ${data.version} · ${actor.name}, ${timeSpan(time, time)}`,
  }))
  const missing = chosen.filter((version) => !kept.some(({ data }) => data.version === version))
  return [...known, ...[...new Set(missing)].map((version) => ({ value: String(version), label: `Version ${version}` }))]
}
