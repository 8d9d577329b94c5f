import { Alert, Anchor, Badge, Divider, Group, Text, Title } from '@mantine/core'
import { Link } from 'react-router'
import type { Post, PresenceUser } from '../../../api/types'
import { LastChangeText } from '../data/LastChangeText'
import { MarkdownView } from './MarkdownView'
import { PeopleHere } from '../data/PeopleHere'
import classes from './editor.module.css'
import { StatusBadge } from '../data/StatusBadge'
import { useLastChange } from '../data/useLastChange'

type Props = { post: Post; people: readonly PresenceUser[]; deletedBy: string | null }

/** A post for those who may only read: always as it is now. */
export function PostView({ post, people, deletedBy }: Props) {
  const { words } = useLastChange(post)
  return (
    <article className={classes.view}>
      <title>{`${post.title} · Wiredesk`}</title>
      {deletedBy !== null && (
        <Alert color="red" variant="outline" role="alert" mb="md">
          {deletedBy} deleted this post.
        </Alert>
      )}
      <Title order={1}>{post.title}</Title>
      <Group gap="sm" my="xs">
        <StatusBadge isPublished={post.published} />
        {post.category && <Text size="sm">{post.category}</Text>}
        {post.tags.map((tag) => (
          <Badge key={tag} color="gray" tt="none">
            {tag}
          </Badge>
        ))}
        <PeopleHere people={people} />
      </Group>
      <LastChangeText words={words} at={post.updatedAt} />
      <Text size="sm" c="dimmed">
        {[post.authorName, post.authorPosition, `${post.readTime} min read`].filter(Boolean).join(' · ')}
        {' · '}
        <Anchor component={Link} to={`/posts/${post.id}/history`} size="sm">
          History
        </Anchor>
      </Text>
      {post.description && (
        <Text mt="md" fw={500}>
          {post.description}
        </Text>
      )}
      <Divider my="md" />
      <MarkdownView text={post.content} label="Content" />
    </article>
  )
}
