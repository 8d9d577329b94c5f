import { Accordion, Text } from '@mantine/core'
import { useState } from 'react'
import type { PostId } from '../../../api/ids'
import type { StoredEvent } from '../../../api/types'
import { foldVersions, type Fold } from '../../../ui/foldChanges'
import { ListBar } from '../../../ui/ListBar'
import { NewItemsButton } from '../../../ui/NewItemsButton'
import { useFrozenOrder } from '../../../ui/useFrozenOrder'
import classes from './history.module.css'
import { UnfoldedVersions, VersionItem } from './VersionItem'
import { foldableOf } from './versions'

export type VersionListProps = {
  id: PostId
  /** All versions that are loaded, newest first. */
  events: readonly StoredEvent[]
  /** The newest version of all. */
  newest: StoredEvent
  /** The version that is open; null: none. */
  opened: number | null
  onOpen: (version: number | null) => void
  /** Null for users who may only read. */
  onRestore: ((version: number) => void) | null
}

/** The versions, newest first; those that one author saved in one go are one entry. */
export function VersionList(props: VersionListProps) {
  const { events, opened, onOpen } = props
  const folds = foldVersions(events, foldableOf)
  const { shown, waiting, area, showNew } = useFrozenOrder(folds, ({ key }) => key)
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set())
  const toggle = (key: number, isUnfolded: boolean) => {
    const next = new Set(unfolded)
    if (isUnfolded) next.add(key)
    else next.delete(key)
    setUnfolded(next)
  }
  return (
    <div ref={area}>
      <ListBar>
        <Text size="sm" c="dimmed">
          Newest first
        </Text>
        <NewItemsButton count={waiting} noun="version" onShow={showNew} />
      </ListBar>
      <Accordion
        variant="separated"
        order={2}
        classNames={{ item: classes.item ?? '' }}
        value={opened === null ? null : String(opened)}
        onChange={(value) => onOpen(value === null ? null : Number(value))}
      >
        {shown.map((fold) =>
          isUnfolded(fold, unfolded, opened) ? (
            <UnfoldedVersions key={fold.key} items={fold.items} {...props} onFold={() => toggle(fold.key, false)} />
          ) : (
            <VersionItem key={fold.key} items={fold.items} {...props} onUnfold={() => toggle(fold.key, true)} />
          ),
        )}
      </Accordion>
    </div>
  )
}

/** A group is unfolded on request, and when one of its older versions is open. */
function isUnfolded({ key, items }: Fold<StoredEvent>, unfolded: ReadonlySet<number>, opened: number | null): boolean {
  if (items.length === 1) return false
  const [, ...older] = items
  return unfolded.has(key) || older.some(({ data }) => data.version === opened)
}
