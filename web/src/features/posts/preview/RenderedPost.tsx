import { Anchor, Badge, Divider, Group, Text, Title } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Post } from '@wiredesk/client'
import { PostImage } from './PostImage'
import classes from './preview.module.css'
import { RenderedMarkdown } from './RenderedMarkdown'

const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' })

type Props = {
  post: Post
  /** Where the link above the title leads. */
  back?: { to: string; label: string }
  /** The heading's level: 1 on a page of its own. */
  order?: 1 | 2 | 3
  contentLabel?: string
  /** Further facts, below the author and the dates. */
  children?: ReactNode
}

/** A post as readers see it: title, author, date, cover image and text. */
export function RenderedPost({ post, back, order = 1, contentLabel = 'Content', children }: Props) {
  return (
    <article className={classes.post}>
      {back && (
        <Anchor component={Link} to={back.to} size="sm" className={classes.back}>
          <IconArrowLeft size={16} aria-hidden /> {back.label}
        </Anchor>
      )}
      <Title order={order} dir="auto">
        {post.title}
      </Title>
      <Byline post={post} />
      {children}
      {post.blogImage && <PostImage label="Cover image" className={classes.cover} src={post.blogImage} />}
      {post.description && (
        <Text mt="md" fw={500} dir="auto">
          {post.description}
        </Text>
      )}
      <Divider my="md" />
      <RenderedMarkdown text={post.content} label={contentLabel} />
    </article>
  )
}

function Byline({ post }: { post: Post }) {
  const author = [post.authorName, post.authorPosition].filter(Boolean).join(', ')
  const tags = [...new Set([post.category, ...post.tags].filter(Boolean))]
  return (
    <>
      <Group gap="xs" my="xs">
        {post.authorImage && <PostImage label="Author" placeholder="icon" className={classes.author} src={post.authorImage} />}
        <Text size="sm" c="dimmed">
          {author && <>{author} · </>}
          {post.publishedAt ? (
            <time dateTime={post.publishedAt}>{dates.format(new Date(post.publishedAt))}</time>
          ) : (
            'Not published yet'
          )}
          {` · ${post.readTime} min read`}
        </Text>
      </Group>
      {tags.length > 0 && (
        <Group gap="xs" mb="xs">
          {tags.map((tag) => (
            <Badge key={tag} color="gray" tt="none">
              {tag}
            </Badge>
          ))}
        </Group>
      )}
    </>
  )
}
