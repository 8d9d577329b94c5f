import { Group, Table, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { PresenceUser, Summary } from '../../../api/types'
import { LastChangeText } from '../data/LastChangeText'
import { PeopleHere } from '../data/PeopleHere'
import { PostMenu, type PostActions } from './PostMenu'
import classes from './posts.module.css'
import { StatusBadge } from '../data/StatusBadge'
import { useLastChange } from '../data/useLastChange'

export type PostItemProps = { post: Summary; people: readonly PresenceUser[]; actions: PostActions | null }

export function PostRow({ post, people, actions }: PostItemProps) {
  const { words, mark } = useLastChange(post)
  return (
    <Table.Tr className={classes.row} data-changed={mark}>
      <Table.Td>
        <Group gap="sm" wrap="nowrap" justify="space-between">
          <div>
            <Link to={`/posts/${post.id}`} className={classes.title}>
              {post.title}
            </Link>
            <Text size="sm" c="dimmed" lineClamp={1}>
              {post.description || `/${post.slug}`}
            </Text>
          </div>
          <PeopleHere people={people} />
        </Group>
      </Table.Td>
      <Table.Td>
        <StatusBadge isPublished={post.published} />
      </Table.Td>
      <Table.Td>{post.category}</Table.Td>
      <Table.Td>
        <LastChangeText words={words} at={post.updatedAt} />
      </Table.Td>
      <Table.Td>
        <PostMenu post={post} actions={actions} />
      </Table.Td>
    </Table.Tr>
  )
}
