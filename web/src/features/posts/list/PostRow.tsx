import { Text } from '@mantine/core'
import { memo } from 'react'
import type { ListedPost, PresenceUser } from '@wiredesk/client'
import { Ago } from '../../../ui/Ago'
import { authorOf } from '../data/filter'
import { hasUnpublishedChanges } from '../data/liveVersion'
import type { SearchTerm } from '../data/searchMatch'
import { StatusBadge } from '../data/StatusBadge'
import { useLastChange } from '../data/useLastChange'
import { RemovalReason } from './RemovalReason'
import classes from './posts.module.css'
import { PostTitle } from './PostTitle'
import { RestoreButton } from './RestoreButton'
import { RowMenu } from './RowMenu'
import type { RowActions } from './useRowActions'

export type RowProps = {
  post: ListedPost
  /** Its place in the list, from 0. */
  index: number
  terms: readonly SearchTerm[]
  /** Whether the post has left the list, while its row keeps its place. */
  isGone: boolean
  people: readonly PresenceUser[]
  actions: RowActions | null
  measure: (element: Element | null) => void
}

export const PostRow = memo(function PostRow(props: RowProps) {
  const { post, index, isGone, actions, measure } = props
  const { words, mark } = useLastChange(post)
  const isDeleted = post.deletedAt !== undefined
  return (
    <tr
      ref={measure}
      data-index={index}
      data-post={post.id}
      aria-rowindex={index + 2}
      className={classes.row}
      data-changed={mark}
      data-gone={isGone || undefined}
    >
      <th scope="row">
        <PostTitle {...props} />
      </th>
      {!isDeleted && (
        <td>
          {isGone ? (
            <RemovalReason post={post} />
          ) : (
            <StatusBadge isPublished={post.published} hasUnpublishedChanges={hasUnpublishedChanges(post)} />
          )}
        </td>
      )}
      <td>{post.category}</td>
      <td dir="auto">{authorOf(post)}</td>
      {!isDeleted && <td className={classes.small}>{post.publishedAt === null ? '–' : <Ago at={post.publishedAt} />}</td>}
      <td className={classes.small}>
        <Ago at={post.deletedAt ?? post.updatedAt} />
        <Text size="xs" c="dimmed" lineClamp={1} title={isDeleted ? undefined : words}>
          {isDeleted ? `by ${post.deletedBy?.name ?? 'someone'}` : words.replace(' this post', '')}
        </Text>
      </td>
      <td>
        <div className={classes.actionCell}>
          {isDeleted && isGone && <RemovalReason post={post} />}
          {isDeleted && !isGone && actions && <RestoreButton post={post} actions={actions} />}
          {!isGone && <RowMenu post={post} actions={actions} />}
        </div>
      </td>
    </tr>
  )
})
