import { Text } from '@mantine/core'
import { memo } from 'react'
import { Ago } from '../../../ui/Ago'
import { authorOf } from '../data/filter'
import { hasUnpublishedChanges } from '../data/liveVersion'
import { StatusBadge } from '../data/StatusBadge'
import { useLastChange } from '../data/useLastChange'
import { RemovalReason } from './RemovalReason'
import type { RowProps } from './PostRow'
import classes from './posts.module.css'
import { PostTitle } from './PostTitle'
import { RestoreButton } from './RestoreButton'
import { RowMenu } from './RowMenu'

/** `gap`: the height of the cards above it that are not rendered; `count`: of the whole list, -1 for unknown. */
type Props = RowProps & { gap: number; count: number }

/** A row of the list where there is no room for a table. */
export const PostCard = memo(function PostCard({ gap, count, ...props }: Props) {
  const { post, index, isGone, actions, measure } = props
  const { words, mark } = useLastChange(post)
  const isDeleted = post.deletedAt !== undefined
  return (
    <li
      ref={measure}
      data-index={index}
      data-post={post.id}
      aria-setsize={count}
      aria-posinset={index + 1}
      className={classes.card}
      style={{ marginTop: gap }}
    >
      <div className={classes.cardBody} data-changed={mark} data-gone={isGone || undefined}>
        <div className={classes.cardTop}>
          <PostTitle {...props} />
          {!isGone && <RowMenu post={post} actions={actions} />}
        </div>
        <div className={classes.facts}>
          {isGone ? (
            <RemovalReason post={post} />
          ) : (
            !isDeleted && <StatusBadge isPublished={post.published} hasUnpublishedChanges={hasUnpublishedChanges(post)} />
          )}
          {post.category && <span>{post.category}</span>}
          <span dir="auto">{authorOf(post)}</span>
          {!isDeleted && post.publishedAt !== null && (
            <span>
              Published <Ago at={post.publishedAt} />
            </span>
          )}
        </div>
        <Text size="sm" c="dimmed" className={classes.wrap}>
          {isDeleted ? `Deleted by ${post.deletedBy?.name ?? 'someone'}` : words}, <Ago at={post.deletedAt ?? post.updatedAt} />
        </Text>
        {isDeleted && !isGone && actions && <RestoreButton post={post} actions={actions} />}
      </div>
    </li>
  )
})
