import { Stack, Tabs, Text, Title } from '@mantine/core'
import type { Post } from '../../../api/types'
import { DiffView } from '../editor/DiffView'
import { fields, same, valuesOf } from '../editor/draft'
import classes from '../editor/editor.module.css'
import { fieldLabels, inFull } from '../data/fieldTexts'
import { MarkdownView } from '../editor/MarkdownView'

/** A version as it was, and beside the current one; `current` is null when there is nothing to compare with. */
export function VersionDetail({ post, current }: { post: Post; current: Post | null }) {
  if (!current) return <WholeVersion post={post} />
  return (
    <Tabs defaultValue="diff" keepMounted={false}>
      <Tabs.List mb="sm">
        <Tabs.Tab value="diff">What changed since</Tabs.Tab>
        <Tabs.Tab value="whole">The version</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="diff">
        <ChangesSince post={post} current={current} />
      </Tabs.Panel>
      <Tabs.Panel value="whole">
        <WholeVersion post={post} />
      </Tabs.Panel>
    </Tabs>
  )
}

function ChangesSince({ post, current }: { post: Post; current: Post }) {
  const then = valuesOf(post)
  const now = valuesOf(current)
  const changed = fields.filter((field) => !same(then[field], now[field]))
  if (changed.length === 0) return <Text size="sm">Its text is the same as now.</Text>
  return (
    <Stack>
      {changed.map((field) => (
        <section key={field}>
          <Title order={3} fz="sm" mb={4}>
            {fieldLabels[field]}
          </Title>
          <DiffView
            left={inFull(field, then)}
            right={inFull(field, now)}
            leftLabel={`Version ${post.version}`}
            rightLabel={`Now (version ${current.version})`}
          />
        </section>
      ))}
    </Stack>
  )
}

function WholeVersion({ post }: { post: Post }) {
  const about = [`/${post.slug}`, post.category, post.tags.join(', '), post.authorName, `${post.readTime} min read`]
  return (
    <div className={classes.view}>
      <Title order={3}>{post.title}</Title>
      <Text size="sm" c="dimmed">
        {about.filter(Boolean).join(' · ')}
      </Text>
      {post.description && <Text my="sm">{post.description}</Text>}
      <MarkdownView text={post.content} label={`Content of version ${post.version}`} />
    </div>
  )
}
