import { Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import type { PostId, StoredEvent } from '@wiredesk/client'
import { fieldLabels } from '../data/fields'
import { hasText } from '../data/versions'
import { fieldChanges } from './fieldChanges'
import { LoadedVersions } from './LoadedVersions'
import { useRestore } from './useRestore'

type Props = {
  id: PostId
  /** The version to restore; null: the dialog is closed. */
  version: number | null
  newest: StoredEvent
  onClose: () => void
}

/** Lists the fields that a restore changes, and restores on confirmation. */
export function RestoreDialog({ id, version, newest, onClose }: Props) {
  return (
    <Modal opened={version !== null} onClose={onClose} title={version === null ? '' : `Restore version ${version}?`}>
      {version !== null && <Confirmation id={id} version={version} newest={newest} onClose={onClose} />}
    </Modal>
  )
}

function Confirmation({ id, version, newest, onClose }: Props & { version: number }) {
  const { restore, isRestoring } = useRestore(id)
  const confirm = async () => {
    await restore(version, newest)
    onClose()
  }
  return (
    <Stack gap="sm">
      <LoadedVersions id={id} versions={hasText(newest) ? [version, newest.data.version] : [version]}>
        {([old, current]) => {
          const changes = old && current ? fieldChanges(current, old).map(({ field }) => fieldLabels[field]) : null
          return (
            <>
              {changes && changes.length > 0 && <ChangedFields labels={changes} />}
              <Text size="sm">{restoreEffect(newest, changes?.length === 0)}</Text>
              <Group justify="flex-end" gap="xl" mt="sm">
                <Button variant="default" onClick={onClose} disabled={isRestoring}>
                  Cancel
                </Button>
                <Button onClick={() => void confirm()} loading={isRestoring} disabled={changes?.length === 0} data-autofocus>
                  {`Restore version ${version}`}
                </Button>
              </Group>
            </>
          )
        }}
      </LoadedVersions>
    </Stack>
  )
}

function ChangedFields({ labels }: { labels: string[] }) {
  return (
    <div>
      <Text size="sm">Restoring creates a new version with changes in:</Text>
      <List size="sm" mt={4}>
        {labels.map((label) => (
          <List.Item key={label}>{label}</List.Item>
        ))}
      </List>
    </div>
  )
}

/** Describes the effect of a restore on the publication of the post. */
function restoreEffect(newest: StoredEvent, isSame = false): string {
  if (isSame) return 'This version has the same text as the current version.'
  if (!hasText(newest)) return 'The post is restored as a draft with the text of this version. Readers don’t see it until you publish it.'
  if (!newest.data.published) return 'The post stays a draft.'
  return 'The post stays published. Readers see the restored text only after you publish changes.'
}
