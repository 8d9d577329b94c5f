import { Avatar, Button, Group, Text } from '@mantine/core'
import { useId, useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import { Ago } from '../../ui/Ago'
import { describeBulk, describeChange } from '../../ui/describeChange'
import { timeSpan } from '../../ui/timeSpan'
import type { Entry } from './activity'
import classes from './activity.module.css'
import { FeedEntry, PostLink } from './FeedEntry'

type Props = {
  kind: 'versions' | 'bulk'
  items: [Entry, ...Entry[]]
  restoreOf: (entry: Entry) => (() => void) | null
}

/** The number of entries that each click on “Show more” adds. */
const pageSize = 50

/** Several changes as one entry: versions of one post, or the same change of many posts. */
export function FeedGroup({ kind, items, restoreOf }: Props) {
  const [shown, setShown] = useState(0)
  const list = useId()
  const [newest] = items
  return (
    <li className={classes.entry}>
      <Group wrap="nowrap" gap="sm">
        <Avatar name={newest.actor.name} color="petrol" size="md" aria-hidden />
        {kind === 'bulk' ? <BulkWords items={items} /> : <VersionsWords items={items} />}
        <Button
          size="compact-sm"
          variant="subtle"
          aria-expanded={shown > 0}
          aria-controls={list}
          onClick={() => setShown(shown > 0 ? 0 : pageSize)}
        >
          {shown > 0 ? 'Show as one' : 'Show all'}
        </Button>
      </Group>
      <ul id={list} className={classes.nested} hidden={shown === 0}>
        {items.slice(0, shown).map((entry) =>
          kind === 'bulk' ? (
            <FeedEntry key={entry.seq} entry={entry} onRestore={restoreOf(entry)} />
          ) : (
            <VersionLine key={entry.seq} entry={entry} />
          ),
        )}
      </ul>
      {shown > 0 && shown < items.length && (
        <Button size="compact-sm" variant="default" mt="xs" onClick={() => setShown(shown + pageSize)}>
          {`Show ${Math.min(pageSize, items.length - shown)} more`}
        </Button>
      )}
    </li>
  )
}

function VersionsWords({ items }: Pick<Props, 'items'>) {
  const [newest] = items
  const changed = [...new Set(items.flatMap((entry) => entry.changed))]
  return (
    <Words title={<PostLink entry={newest} />}>
      {`${newest.actor.name} ${describeChange({ ...newest, ...newest.post, changed })}`}
      {` · ${items.length} versions, ${spanOf(items)}`}
    </Words>
  )
}

function BulkWords({ items }: Pick<Props, 'items'>) {
  const [newest] = items
  const words = describeBulk({ ...newest, ...newest.post }, items.length)
  return (
    <Words title={<Text fw={600} span>{`${newest.actor.name} ${words}`}</Text>}>
      <Ago at={newest.time} />
    </Words>
  )
}

function Words({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.words}>
      {title}
      <Text size="sm" c="dimmed">
        {children}
      </Text>
    </div>
  )
}

const spanOf = (items: Props['items']) => timeSpan((items.at(-1) ?? items[0]).time, items[0].time)

function VersionLine({ entry }: { entry: Entry }) {
  const { post, time } = entry
  return (
    <li className={classes.entry}>
      <Text size="sm" c="dimmed">
        <Link to={`/posts/${post.id}/history?version=${post.version}`} className={classes.title}>
          {`Version ${post.version}`}
        </Link>
        {` · ${describeChange({ ...entry, ...post })}, ${timeSpan(time, time)}`}
      </Text>
    </li>
  )
}
