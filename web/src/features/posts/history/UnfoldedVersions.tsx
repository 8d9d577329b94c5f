import { Button, Group, Text } from '@mantine/core'
import classes from './history.module.css'
import { useFocusWhen } from './useFocusWhen'
import { span, VersionItem, Words } from './VersionItem'
import type { VersionItemProps } from './VersionList'

/** The versions of a group, one by one. */
export function UnfoldedVersions({ onFold, ...group }: VersionItemProps & { onFold: () => void }) {
  const { items, opened, onOpen, foldKey, focused } = group
  const button = useFocusWhen<HTMLButtonElement>(focused === `fold-${foldKey}`)
  const fold = () => {
    if (items.some(({ data }) => data.version === opened)) onOpen(null)
    onFold()
  }
  return (
    <div className={classes.group} role="group" aria-label={`Versions ${span(items)}`}>
      <Group justify="space-between" px="md" py="xs">
        <Text size="sm">
          <Words items={items} />
        </Text>
        <Button ref={button} variant="subtle" size="compact-sm" aria-expanded onClick={fold}>
          Show as one
        </Button>
      </Group>
      {items.map((event) => (
        <VersionItem key={event.seq} {...group} items={[event]} foldKey={event.seq} onUnfold={null} />
      ))}
    </div>
  )
}
