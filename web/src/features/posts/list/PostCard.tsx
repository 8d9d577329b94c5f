import { Card, Group, Text } from '@mantine/core'
import { Link } from 'react-router'
import { LastChangeText } from '../data/LastChangeText'
import { PeopleHere } from '../data/PeopleHere'
import { PostMenu } from './PostMenu'
import type { PostItemProps } from './PostRow'
import classes from './posts.module.css'
import { StatusBadge } from '../data/StatusBadge'
import { useLastChange } from '../data/useLastChange'

/** A row of the list where there is no room for a table. */
export function PostCard({ post, people, actions }: PostItemProps) {
  const { words, mark } = useLastChange(post)
  return (
    <Card component="li" withBorder className={classes.card} data-changed={mark}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <Link to={`/posts/${post.id}`} className={classes.title}>
          {post.title}
        </Link>
        <PostMenu post={post} actions={actions} />
      </Group>
      <Group gap="xs" mb={4}>
        <StatusBadge isPublished={post.published} />
        <Text size="sm">{post.category}</Text>
        <PeopleHere people={people} />
      </Group>
      <LastChangeText words={words} at={post.updatedAt} />
    </Card>
  )
}
