import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconEyeOff, IconHistory, IconRestore, IconSend, IconTrash } from '@tabler/icons-react'
import { useIsMutating } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { ListedPost } from '@wiredesk/client'
import { exactTime } from '../../../ui/Ago'
import { hasUnpublishedChanges } from '../data/liveVersion'
import { mutationKey } from '../data/posts'
import type { RowActions } from './useRowActions'

type Props = { post: ListedPost; actions: RowActions | null }

const icon = { size: 16, 'aria-hidden': true } as const

/** The actions on a post of the list, and its exact times; `actions` is null without the permission to write. */
export function RowMenu({ post, actions }: Props) {
  return (
    <Menu position="bottom-end" withinPortal width={300}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Actions for ${post.title}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={`/posts/${post.id}/history`} leftSection={<IconHistory {...icon} />}>
          History
        </Menu.Item>
        {actions && <Actions post={post} actions={actions} />}
        <Menu.Divider />
        <Menu.Label fw={400}>
          {timesOf(post).map((line) => (
            <div key={line}>{line}</div>
          ))}
        </Menu.Label>
      </Menu.Dropdown>
    </Menu>
  )
}

function Actions({ post, actions }: { post: ListedPost; actions: RowActions }) {
  const isBusy = useIsMutating({ mutationKey: mutationKey(post.id) }) > 0
  if (post.deletedAt !== undefined) {
    return (
      <Menu.Item disabled={isBusy} leftSection={<IconRestore {...icon} />} onClick={() => actions.restore(post)}>
        Restore
      </Menu.Item>
    )
  }
  return (
    <>
      {(!post.published || hasUnpublishedChanges(post)) && (
        <Menu.Item disabled={isBusy} leftSection={<IconSend {...icon} />} onClick={() => actions.publish(post)}>
          {post.published ? 'Publish changes…' : 'Publish'}
        </Menu.Item>
      )}
      {post.published && (
        <Menu.Item disabled={isBusy} leftSection={<IconEyeOff {...icon} />} onClick={() => actions.unpublish(post)}>
          {hasUnpublishedChanges(post) ? 'Unpublish…' : 'Unpublish'}
        </Menu.Item>
      )}
      <Menu.Item disabled={isBusy} color="red" leftSection={<IconTrash {...icon} />} onClick={() => actions.remove(post)}>
        {hasUnpublishedChanges(post) ? 'Delete…' : 'Delete'}
      </Menu.Item>
    </>
  )
}

function timesOf({ createdAt, createdBy, publishedAt, updatedAt, updatedBy, deletedAt, deletedBy }: ListedPost): string[] {
  return [
    `Created ${exactTime(createdAt)} by ${createdBy.name}`,
    ...(publishedAt === null ? [] : [`First published ${exactTime(publishedAt)}`]),
    `Changed ${exactTime(updatedAt)} by ${updatedBy.name}`,
    ...(deletedAt === undefined ? [] : [`Deleted ${exactTime(deletedAt)} by ${deletedBy?.name ?? 'someone'}`]),
  ]
}
