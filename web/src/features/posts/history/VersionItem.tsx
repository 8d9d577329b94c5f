import { Accordion, Badge, Button, Group, Text } from '@mantine/core'
import type { StoredEvent } from '@wiredesk/client'
import { Ago } from '../../../ui/Ago'
import { timeSpan } from '../../../ui/timeSpan'
import { hasText, type TextVersion } from '../data/versions'
import classes from './history.module.css'
import { describeGroup, isThinned, keptBefore, nearestKept, type Versions } from './versions'
import { useFocusWhen } from './useFocusWhen'
import type { VersionItemProps } from './VersionList'
import { VersionPanel } from './VersionPanel'

/** One version, or consecutive versions of one author. `onUnfold` is null for a part of a group. */
export function VersionItem({ onUnfold, ...item }: VersionItemProps & { onUnfold: (() => void) | null }) {
  const { items, opened, foldKey, focused } = item
  const isOpened = items.some(({ data }) => data.version === opened)
  // A group that is open stays so when it gets a newer version.
  const value = isOpened && opened !== null ? opened : items[0].data.version
  const control = useFocusWhen<HTMLButtonElement>(focused === `version-${value}`)
  const unfold = useFocusWhen<HTMLButtonElement>(focused === `fold-${foldKey}`)
  return (
    <Accordion.Item value={String(value)}>
      <div className={classes.head}>
        <Accordion.Control ref={control}>
          <Heading items={items} current={item.newest} />
        </Accordion.Control>
        {onUnfold && items.length > 1 && (
          <Button ref={unfold} variant="subtle" size="compact-sm" className={classes.fold} aria-expanded={false} onClick={onUnfold}>
            {`Show ${items.length} versions`}
          </Button>
        )}
      </div>
      <Accordion.Panel>{isOpened && <Details {...item} />}</Accordion.Panel>
    </Accordion.Item>
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
export function Words({ items }: { items: Versions }) {
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

export const span = (items: Versions) => `${(items.at(-1) ?? items[0]).data.version}–${items[0].data.version}`

const isSame = (a: StoredEvent, b: StoredEvent) => a.seq === b.seq

function Details({ items, id, events, newest, opened, onFocusVersion, onOpen, onRestore }: VersionItemProps) {
  const kept = items.filter((event) => !isThinned(event))
  const shown = kept.find(({ data }) => data.version === opened) ?? kept[0] ?? items[0]
  const { version } = shown.data
  if (!hasText(shown)) return <Text size="sm">Post deleted.</Text>
  const openNearest = (nearest: number) => {
    onFocusVersion(nearest)
    onOpen(nearest)
  }
  if (isThinned(shown)) return <RemovedContent nearest={nearestKept(events, version)} onOpen={openNearest} />
  const isCurrent = isSame(newest, shown)
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

/** The version to compare with; a version that is not loaded is assumed to exist. */
function versionBefore(events: readonly StoredEvent[], version: number): number | null {
  return keptBefore(events, version)?.data.version ?? (version > 1 ? version - 1 : null)
}

type RemovedContentProps = { nearest: TextVersion | null; onOpen: (version: number) => void }

/** Shown in place of the text of an autosaved version whose content was removed. */
function RemovedContent({ nearest, onOpen }: RemovedContentProps) {
  return (
    <Group gap="sm">
      <Text size="sm">The text of this autosaved version is no longer available.</Text>
      {nearest && (
        <Button size="xs" variant="default" onClick={() => onOpen(nearest.data.version)}>
          {`Open version ${nearest.data.version}`}
        </Button>
      )}
    </Group>
  )
}
