import { ActionIcon, Button, Group, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { Post } from '@wiredesk/client'
import { LastChangeText } from '../data/LastChangeText'
import type { Deletion } from '../data/posts'
import { useLastChange } from '../data/useLastChange'
import classes from './editor.module.css'
import { useNotices, type Notice } from './useNotices'

type Props = { post: Post | null; deletion: Deletion | null; onRestore: () => void }

/**
 * The most important notice, in a line of the header that always has the same height: nothing on the page moves when one
 * appears. Without one, the line names the last change.
 */
export function NoticeStrip({ post, deletion, onRestore }: Props) {
  const notices = useNotices(post, deletion, onRestore)
  const [skipped, setSkipped] = useState(0)
  const index = notices.length === 0 ? 0 : skipped % notices.length
  const notice = notices[index]
  return (
    <div className={classes.strip}>
      {notice ? <NoticeLine key={notice.key} notice={notice} /> : post && <ChangeLine post={post} />}
      {notices.length > 1 && (
        <Button size="compact-xs" variant="subtle" onClick={() => setSkipped(index + 1)}>
          {index + 1} of {notices.length}: next
        </Button>
      )}
    </div>
  )
}

function NoticeLine({ notice }: { notice: Notice }) {
  return (
    <div className={classes.notice} data-color={notice.color} role="alert">
      <Text size="sm" className={classes.noticeText} title={notice.text}>
        {notice.text}
      </Text>
      <Group gap={6} wrap="nowrap">
        {notice.actions.map(({ label, run }) => (
          <Button key={label} size="compact-sm" variant="default" onClick={run}>
            {label}
          </Button>
        ))}
        {notice.onDismiss && (
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label="Dismiss" onClick={notice.onDismiss}>
            <IconX size={16} aria-hidden />
          </ActionIcon>
        )}
      </Group>
      {notice.dialog}
    </div>
  )
}

function ChangeLine({ post }: { post: Post }) {
  return <LastChangeText words={useLastChange(post).words} at={post.updatedAt} />
}
