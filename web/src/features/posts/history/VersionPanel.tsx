import { Button, Stack, Tabs } from '@mantine/core'
import { lazy, Suspense, type ReactNode } from 'react'
import type { PostId } from '@wiredesk/client'
import { Pending } from '../../../ui/Pending'
import { FullText } from './FullText'
import { LoadedVersions } from './LoadedVersions'

const VersionChanges = lazy(async () => ({ default: (await import('./VersionChanges')).VersionChanges }))

type Props = {
  id: PostId
  version: number
  /** The version to compare with: the one before, or the one before the group. Null for the first version. */
  before: number | null
  /** The newest version; null when the post is deleted, or when it is this one. */
  current: number | null
  /** Null where there is nothing to restore, or the user may only read. */
  onRestore: ((version: number) => void) | null
}

/** One version: its changes, its differences from the current one, and its full text. */
export function VersionPanel({ id, version, before, current, onRestore }: Props) {
  return (
    <Stack gap="sm" align="stretch">
      {onRestore && (
        <Button size="xs" variant="default" w="fit-content" onClick={() => onRestore(version)}>
          {`Restore version ${version}`}
        </Button>
      )}
      <Tabs defaultValue={before === null ? 'text' : 'changes'} keepMounted={false}>
        <Tabs.List mb="sm">
          {before !== null && <Tabs.Tab value="changes">Changes</Tabs.Tab>}
          {current !== null && <Tabs.Tab value="current">Compare with current</Tabs.Tab>}
          <Tabs.Tab value="text">Full text</Tabs.Tab>
        </Tabs.List>
        {before !== null && (
          <Panel value="changes">
            <Compared id={id} from={before} to={version} />
          </Panel>
        )}
        {current !== null && (
          <Panel value="current">
            <Compared id={id} from={version} to={current} toLabel={`Version ${current} (current)`} />
          </Panel>
        )}
        <Panel value="text">
          <LoadedVersions id={id} versions={[version]}>
            {([post]) => post && <FullText post={post} />}
          </LoadedVersions>
        </Panel>
      </Tabs>
    </Stack>
  )
}

/** The differences of two versions. */
export function Compared({ id, from, to, toLabel }: { id: PostId; from: number; to: number; toLabel?: string }) {
  return (
    <LoadedVersions id={id} versions={[from, to]}>
      {([before, after]) =>
        before &&
        after && <VersionChanges before={before} after={after} {...(toLabel !== undefined && { afterLabel: toLabel })} />
      }
    </LoadedVersions>
  )
}

function Panel({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Tabs.Panel value={value}>
      <Suspense fallback={<Pending label="Loading…" />}>{children}</Suspense>
    </Tabs.Panel>
  )
}
