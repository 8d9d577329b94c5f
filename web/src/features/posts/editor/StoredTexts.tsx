import { Button, Group, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useNavigate } from 'react-router'
import { type PostId, randomId } from '@wiredesk/client'
import { useSession } from '../../login/useSession'
import { deleteDraft, listDrafts, newSubject, postSubject, putDraft, recordKey, type DraftRecord } from './draftStorage'
import { clockTime } from './saveLine'

/** The unsaved texts that this browser has of a post that does not exist: each can be continued as a new post. */
export function StoredTexts({ id }: { id: PostId }) {
  const { user, can } = useSession()
  const userId = user?.id ?? 0
  const navigate = useNavigate()
  const [records, setRecords] = useState<readonly DraftRecord[]>([])
  useEffect(() => {
    let isUnmounted = false
    listDrafts(userId, postSubject(id)).then(
      (found) => !isUnmounted && setRecords(found),
      () => undefined, // A browser that stores nothing has no texts.
    )
    return () => {
      isUnmounted = true
    }
  }, [userId, id])
  if (!can('write')) return null
  const toNewPost = async (record: DraftRecord) => {
    const key = await moveToNewPost(record)
    void navigate('/posts/new', { state: { restore: key } })
  }
  return (
    <Stack gap="xs" mt="md">
      {records.map((record) => (
        <Group key={record.key} gap="sm">
          <Text size="sm">{`You have unsaved text${nameOf(record)} from ${clockTime(record.at)}.`}</Text>
          <Button size="compact-sm" variant="default" onClick={() => void toNewPost(record)}>
            Continue as a new post
          </Button>
        </Group>
      ))}
    </Stack>
  )
}

const nameOf = ({ title }: DraftRecord): string => (title.trim() === '' ? '' : ` of “${title.trim()}”`)

/** Makes the record that of a post that is not created yet. Returns its key. */
async function moveToNewPost({ key, draft, ...record }: DraftRecord): Promise<string> {
  const subject = newSubject(randomId())
  const newKey = recordKey(record.userId, subject, record.tab)
  const mine = { title: record.title, ...draft.mine }
  const stored = { version: 0, conflicts: {}, pending: null, base: {}, mine }
  await putDraft({ ...record, key: newKey, subject, postId: null, draft: stored })
  await deleteDraft(key)
  return newKey
}
