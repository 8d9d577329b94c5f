import { Text } from '@mantine/core'
import { Link } from 'react-router'
import { PeopleHere } from '../data/PeopleHere'
import { Highlight } from './Highlight'
import type { RowProps } from './PostRow'
import classes from './posts.module.css'
import { titleId, useOpened } from './rowFocus'

/** The title, which opens the post, with the description and the other users at the post. */
export function PostTitle({ post, terms, isGone, people }: RowProps) {
  const onOpen = useOpened()
  const isDeleted = post.deletedAt !== undefined
  const title = <Highlight text={post.title} terms={terms} />
  return (
    <div className={classes.heading}>
      <div className={classes.texts}>
        {isGone ? (
          <span className={classes.title} dir="auto">
            {title}
          </span>
        ) : (
          <Link
            id={titleId(post.id)}
            to={isDeleted ? `/posts/${post.id}/history` : `/posts/${post.id}`}
            className={classes.title}
            dir="auto"
            onClick={() => onOpen(post.id)}
          >
            {title}
          </Link>
        )}
        <Text size="sm" c="dimmed" lineClamp={1} dir="auto" className={classes.description}>
          {post.description ? <Highlight text={post.description} terms={terms} isExcerpt /> : `/${post.slug}`}
        </Text>
      </div>
      <PeopleHere people={people} />
    </div>
  )
}
