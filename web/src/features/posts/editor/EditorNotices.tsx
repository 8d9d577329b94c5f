import { Alert, Button, Group, Text } from '@mantine/core'
import { explain, ApiError } from '../../../api/problem'
import { Ago } from '../../../ui/Ago'
import { useDesk } from './Desk'
import { disputed } from './draft'
import type { Gone } from '../data/posts'

type Props = { gone: Gone | null; onRestore: () => void; onSave: () => void; onDiscard: () => void }

/** What the author must know before writing on. */
export function EditorNotices({ gone, onRestore, onSave, onDiscard }: Props) {
  const { draft, failure, resumedAt, isKept, onChoose } = useDesk()
  const asked = disputed(draft)
  return (
    <>
      {gone && (
        <Notice color="red" action="Restore the post" onAction={onRestore}>
          {gone.by.name} deleted this post, <Ago at={gone.at} />. What you typed stays here.
        </Notice>
      )}
      {resumedAt !== null && (
        <Notice color="blue" action="Discard them" onAction={onDiscard}>
          Your unsaved changes are back, typed <Ago at={new Date(resumedAt).toISOString()} />.
        </Notice>
      )}
      {asked.length > 0 && (
        <Notice color="orange" action="Choose" onAction={() => onChoose(asked)}>
          Somebody changed what you changed too. Choose for each such field, then save.
        </Notice>
      )}
      {failure !== null && !isAsked(failure, gone) && (
        <Notice color="red" action={isRefusal(failure) ? null : 'Try again'} onAction={onSave}>
          {reason(failure)}
        </Notice>
      )}
      {!isKept && (
        <Notice color="orange" action={null}>
          This browser can’t keep unsaved text: save before you leave.
        </Notice>
      )}
    </>
  )
}

/** Failures that are told elsewhere: a conflict by its choice, a deleted post by its notice. */
const isAsked = (failure: unknown, gone: Gone | null) =>
  failure instanceof ApiError && (failure.status === 412 || (failure.status === 404 && gone !== null))

/** To send the same again would not help. */
const isRefusal = (failure: unknown) => failure instanceof ApiError && [403, 404, 413, 422].includes(failure.status)

function reason(failure: unknown): string {
  if (!(failure instanceof ApiError)) return 'Not saved: the server could not be reached. Your text is still here.'
  if (failure.status === 401) return 'Not saved: your session has ended. Sign in again, and it is saved then.'
  const wait = failure.retryAfter === null ? '' : ` The server asks to wait ${failure.retryAfter} s.`
  return `Not saved: ${explain(failure)} Your text is still here.${wait}`
}

type NoticeProps = { color: string; action: string | null; onAction?: () => void; children: React.ReactNode }

function Notice({ color, action, onAction, children }: NoticeProps) {
  return (
    <Alert color={color} variant="outline" role="alert" py="xs" mb="sm">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{children}</Text>
        {action !== null && (
          <Button size="xs" variant="default" onClick={onAction}>
            {action}
          </Button>
        )}
      </Group>
    </Alert>
  )
}
