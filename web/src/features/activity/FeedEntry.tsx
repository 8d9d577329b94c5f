import { Avatar, Button, Group, Text } from '@mantine/core'
import { Link } from 'react-router'
import { Ago } from '../../ui/Ago'
import { describeChange } from '../../ui/describeChange'
import type { Entry } from './activity'
import classes from './activity.module.css'

/** One change. `onRestore` is null where there is nothing to restore, or the user may not restore it. */
export function FeedEntry({ entry, onRestore }: { entry: Entry; onRestore: (() => void) | null }) {
  const { actor, post, time } = entry
  return (
    <Group component="li" wrap="nowrap" gap="sm" className={classes.entry}>
      <Avatar name={actor.name} color="petrol" size="md" aria-hidden />
      <div className={classes.words}>
        <PostLink entry={entry} />
        <Text size="sm" c="dimmed">
          {`${actor.name} ${describeChange({ ...entry, ...post })}`}, <Ago at={time} />
        </Text>
      </div>
      {onRestore && (
        <Button size="xs" variant="default" onClick={onRestore} aria-label={`Restore ${post.title ?? post.slug}`}>
          Restore
        </Button>
      )}
    </Group>
  )
}

/** The post's title; of a deleted post it leads to the history. */
export function PostLink({ entry: { type, post } }: { entry: Entry }) {
  const to = type === 'blog-deleted' ? `/posts/${post.id}/history` : `/posts/${post.id}`
  return (
    <Link to={to} className={classes.title} dir="auto">
      {post.title ?? post.slug}
    </Link>
  )
}
