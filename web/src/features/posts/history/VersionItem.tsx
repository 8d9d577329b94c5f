import { Accordion, Badge, Button, Group, Text } from '@mantine/core'
import type { StoredEvent } from '../../../api/types'
import { Ago } from '../../../ui/Ago'
import { timeSpan } from '../../../ui/timeSpan'
import classes from './history.module.css'
import { ThinnedNote } from './ThinnedNote'
import { describeGroup, hasText, isThinned, keptBefore, nearestKept, type Versions } from './versions'
import type { VersionListProps } from './VersionList'
import { VersionPanel } from './VersionPanel'

type Props = VersionListProps & { items: Versions; onUnfold: () => void }

/** One version, or the versions that one author saved in one go. */
export function VersionItem({ items, onUnfold, ...list }: Props) {
  const [newest] = items
  return (
    <Accordion.Item value={String(newest.data.version)}>
      <div className={classes.head}>
        <Accordion.Control>
          <Heading items={items} current={list.newest} />
        </Accordion.Control>
        {items.length > 1 && (
          <Button variant="subtle" size="compact-sm" className={classes.fold} aria-expanded={false} onClick={onUnfold}>
            {`Show ${items.length} versions`}
          </Button>
        )}
      </div>
      <Accordion.Panel>{list.opened === newest.data.version && <Details items={items} {...list} />}</Accordion.Panel>
    </Accordion.Item>
  )
}

/** The versions of a group, one by one. */
export function UnfoldedVersions({ items, onFold, ...list }: VersionListProps & { items: Versions; onFold: () => void }) {
  const fold = () => {
    if (items.some(({ data }) => data.version === list.opened)) list.onOpen(null)
    onFold()
  }
  return (
    <div className={classes.group} role="group" aria-label={`Versions ${span(items)}`}>
      <Group justify="space-between" px="md" py="xs">
        <Text size="sm">
          <Words items={items} />
        </Text>
        <Button variant="subtle" size="compact-sm" aria-expanded onClick={fold}>
          Show as one
        </Button>
      </Group>
      {items.map((event) => (
        <VersionItem key={event.seq} items={[event]} {...list} onUnfold={() => undefined} />
      ))}
    </div>
  )
}

function Heading({ items, current }: { items: Versions; current: StoredEvent }) {
  const [newest] = items
  const live = hasText(current) ? current.data.liveVersion : null
  return (
    <Group gap="xs">
      <Badge color="gray">{items.length === 1 ? `Version ${newest.data.version}` : `Versions ${span(items)}`}</Badge>
      {isSame(newest, current) && hasText(newest) && <Badge color="petrol">Current</Badge>}
      {items.some(({ data }) => data.version === live) && <Badge color="teal">Live</Badge>}
      <Text size="sm">
        <Words items={items} />
      </Text>
    </Group>
  )
}

/** "Ana edited content · 7 versions, 14:02–14:09". */
function Words({ items }: { items: Versions }) {
  const [newest] = items
  const oldest = items.at(-1) ?? newest
  return (
    <>
      <strong dir="auto">{newest.actor.name}</strong> {describeGroup(items)}
      {items.length === 1 ? (
        <>
          , <Ago at={newest.time} />
        </>
      ) : (
        ` · ${items.length} versions, ${timeSpan(oldest.time, newest.time)}`
      )}
    </>
  )
}

const span = (items: Versions) => `${(items.at(-1) ?? items[0]).data.version}–${items[0].data.version}`

const isSame = (a: StoredEvent, b: StoredEvent) => a.seq === b.seq

function Details({ items, id, events, newest, onOpen, onRestore }: VersionListProps & { items: Versions }) {
  const shown = items.find((event) => !isThinned(event)) ?? items[0]
  const { version } = shown.data
  if (!hasText(shown)) return <Text size="sm">Post deleted.</Text>
  if (isThinned(shown)) return <ThinnedNote nearest={nearestKept(events, version)} onOpen={onOpen} />
  const isCurrent = isSame(newest, items[0])
  return (
    <VersionPanel
      id={id}
      version={version}
      before={versionBefore(events, (items.at(-1) ?? shown).data.version)}
      current={isCurrent || !hasText(newest) ? null : newest.data.version}
      onRestore={isCurrent ? null : onRestore}
    />
  )
}

/** The version to compare with; one that is not loaded is taken to be there. */
function versionBefore(events: readonly StoredEvent[], version: number): number | null {
  return keptBefore(events, version)?.data.version ?? (version > 1 ? version - 1 : null)
}
