import { Text, Title } from '@mantine/core'
import type { StoredPost } from '@wiredesk/client'
import { RenderedMarkdown } from '../preview/RenderedMarkdown'

/** A version as a whole. */
export function FullText({ post }: { post: StoredPost }) {
  const details = [`/${post.slug}`, post.category, post.tags.join(', '), post.authorName, `${post.readTime} min read`]
  return (
    <div>
      <Title order={3} dir="auto">
        {post.title}
      </Title>
      <Text size="sm" c="dimmed">
        {details.filter(Boolean).join(' · ')}
      </Text>
      {post.description && (
        <Text my="sm" dir="auto">
          {post.description}
        </Text>
      )}
      <RenderedMarkdown text={post.content ?? ''} label={`Content of version ${post.version}`} />
    </div>
  )
}
