import { ActionIcon, Menu } from '@mantine/core'
import { IconBraces, IconCopy, IconDots, IconEyeOff, IconHistory, IconRefresh, IconTrash } from '@tabler/icons-react'
import { useState, useSyncExternalStore } from 'react'
import { Link } from 'react-router'
import type { Post } from '@wiredesk/client'
import { useEditing, useEditor } from './EditorContext'
import { preferences, setPreferences, watchPreferences } from './preferences'
import { UnpublishDialog } from './UnpublishDialog'
import { useCopyMyText } from './useCopyMyText'

const icon = { size: 16, 'aria-hidden': true }

/** The rarer actions on the post. */
export function EditorMenu({ post, onDelete }: { post: Post | null; onDelete: () => void }) {
  const { readOnlyReason } = useEditor()
  const [isAsking, setIsAsking] = useState(false)
  const isBusy = useEditing(({ busy, block }) => busy !== null || block !== null)
  const copy = useCopyMyText()
  return (
    <>
      <Menu position="bottom-end" withinPortal width={260}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="More actions">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {post && (
            <Menu.Item component={Link} to={`/posts/${post.id}/history`} leftSection={<IconHistory {...icon} />}>
              History
            </Menu.Item>
          )}
          {post?.published && (
            <Menu.Item
              component="a"
              href={`/api/public/posts/${encodeURIComponent(post.slug)}`}
              target="_blank"
              leftSection={<IconBraces {...icon} />}
            >
              View published JSON
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconCopy {...icon} />} onClick={copy}>
            Copy my text
          </Menu.Item>
          <AutosaveItem />
          {post && readOnlyReason === null && (
            <>
              <Menu.Divider />
              {post.published && (
                <Menu.Item leftSection={<IconEyeOff {...icon} />} disabled={isBusy} onClick={() => setIsAsking(true)}>
                  Unpublish…
                </Menu.Item>
              )}
              <Menu.Item color="red" leftSection={<IconTrash {...icon} />} disabled={isBusy} onClick={onDelete}>
                Delete
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {post && <UnpublishDialog post={post} opened={isAsking} onClose={() => setIsAsking(false)} />}
    </>
  )
}

function AutosaveItem() {
  const { isAutosaveOn } = useSyncExternalStore(watchPreferences, preferences)
  return (
    <Menu.Item
      leftSection={<IconRefresh {...icon} />}
      role="menuitemcheckbox"
      aria-checked={isAutosaveOn}
      closeMenuOnClick={false}
      onClick={() => setPreferences({ isAutosaveOn: !isAutosaveOn })}
    >
      {`Autosave in this browser: ${isAutosaveOn ? 'on' : 'off'}`}
    </Menu.Item>
  )
}
