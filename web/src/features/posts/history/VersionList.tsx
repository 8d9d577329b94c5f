import { Accordion, Text } from '@mantine/core'
import { useEffect } from 'react'
import type { PostId, StoredEvent } from '@wiredesk/client'
import { foldVersions } from '../../../ui/foldChanges'
import { ListBar } from '../../../ui/ListBar'
import { NewItemsButton } from '../../../ui/NewItemsButton'
import { useFrozenOrder } from '../../../ui/useFrozenOrder'
import { useSession } from '../../login/useSession'
import classes from './history.module.css'
import { UnfoldedVersions } from './UnfoldedVersions'
import { useUnfolding } from './useUnfolding'
import { VersionItem } from './VersionItem'
import { foldableOf, type Versions } from './versions'

export type VersionListProps = {
  id: PostId
  /** All versions that are loaded, newest first. */
  events: readonly StoredEvent[]
  /** The newest version of all. */
  newest: StoredEvent
  /** The version that is open; null: none. */
  opened: number | null
  onOpen: (version: number | null) => void
  /** Null for users with read-only access. */
  onRestore: ((version: number) => void) | null
}

export type VersionItemProps = VersionListProps & {
  items: Versions
  /** The key of the group, of which each item is a part. */
  foldKey: number
  /** Which control takes the focus: that of a group (`fold-3`) or of a version (`version-3`). */
  focused: string | null
  onFocusVersion: (version: number) => void
}

/** The user asked for that version, so it does not wait for the pointer to leave the list. */
function useIsOwnRestore({ actor, restored }: StoredEvent): boolean {
  const { user } = useSession()
  return restored !== undefined && actor.id === user?.id
}

/** The versions, newest first; consecutive ones of one author are one entry. */
export function VersionList(props: VersionListProps) {
  const { events, newest, opened, onOpen } = props
  const folds = foldVersions(events, foldableOf)
  const { shown, waiting, area, showNew } = useFrozenOrder(folds, ({ key }) => key)
  const isOwnRestore = useIsOwnRestore(newest)
  useEffect(() => {
    if (waiting > 0 && isOwnRestore) showNew()
  }, [waiting, isOwnRestore, showNew])
  const unfolding = useUnfolding(opened)
  const open = (value: string | null) => {
    const version = value === null ? null : Number(value)
    if (version !== null) unfolding.openAsGroup(version)
    onOpen(version)
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
        onChange={open}
      >
        {shown.map(({ key, items }) => {
          const list = { ...props, items, focused: unfolding.focused, onFocusVersion: unfolding.focusVersion }
          return unfolding.isUnfolded(key, items) ? (
            <UnfoldedVersions key={key} {...list} foldKey={key} onFold={() => unfolding.set(key, false)} />
          ) : (
            <VersionItem key={key} {...list} foldKey={key} onUnfold={() => unfolding.set(key, true)} />
          )
        })}
      </Accordion>
    </div>
  )
}
