import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconEye, IconEyeOff, IconHistory, IconTrash } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { Summary } from '../../../api/types'

export type PostActions = {
  publish: (post: Summary, published: boolean) => void
  remove: (post: Summary) => void | Promise<void>
}

type Props = { post: Summary; actions: PostActions | null }

/** What can be done with a post in a list; `actions` is null for those who may only read. */
export function PostMenu({ post, actions }: Props) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Actions for ${post.title}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={`/posts/${post.id}/history`} leftSection={<IconHistory size={16} aria-hidden />}>
          History
        </Menu.Item>
        {actions && (
          <Menu.Item
            leftSection={post.published ? <IconEyeOff size={16} aria-hidden /> : <IconEye size={16} aria-hidden />}
            onClick={() => actions.publish(post, !post.published)}
          >
            {post.published ? 'Take back to draft' : 'Publish'}
          </Menu.Item>
        )}
        {actions && (
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => actions.remove(post)}>
            Delete
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
