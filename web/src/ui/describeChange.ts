/** The words for changes and fields, for every list, feed and history. */

/** An event, as far as its description needs it. */
export type Described = {
  type: 'blog-created' | 'blog-updated' | 'blog-deleted' | 'blog-published'
  changed: readonly string[]
  version: number
  published: boolean
  /** The version that was restored, if the change is a restore. */
  restored?: number | undefined
  /** True when a text was removed from the earlier versions. */
  redacted?: boolean | undefined
}

/** The fields' names on labels; in running text they begin with a lower-case letter. */
export const fieldNames = {
  title: 'Title',
  slug: 'Slug',
  description: 'Description',
  content: 'Content',
  category: 'Category',
  tags: 'Tags',
  authorName: 'Author',
  authorPosition: 'Author title',
  authorImage: 'Author photo URL',
  blogImage: 'Cover image',
  readTime: 'Read time',
}

/** The field's name in running text. */
export const fieldWords = (field: string): string => {
  const name: string = new Map(Object.entries(fieldNames)).get(field) ?? field
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** The maximum number of fields that are all named. Of more, three are named and the others counted. */
const maxNamed = 4

/** The predicate for the actor of a change: "edited title and tags". */
export function describeChange({ type, changed, version, published, restored, redacted }: Described): string {
  switch (type) {
    case 'blog-created':
      if (restored !== undefined) return `restored version ${restored} as a draft`
      return version === 1 ? 'created this post' : 'restored this post as a draft'
    case 'blog-deleted':
      return 'deleted this post'
    case 'blog-published':
      if (!published) return 'unpublished this post'
      return changed.includes('published') || changed.length === 0 ? 'published this post' : 'published changes'
    case 'blog-updated':
      if (redacted) return 'removed text from all versions'
      if (restored !== undefined) return `restored version ${restored}`
      return `edited ${fieldList(changed)}`
  }
}

/** The predicate for one change of many posts: "created 751 posts". */
export function describeBulk({ type, version, published }: Described, count: number): string {
  const posts = `${count} posts`
  switch (type) {
    case 'blog-created':
      return version === 1 ? `created ${posts}` : `restored ${posts} as drafts`
    case 'blog-deleted':
      return `deleted ${posts}`
    case 'blog-published':
      return published ? `published ${posts}` : `unpublished ${posts}`
    case 'blog-updated':
      return `edited ${posts}`
  }
}

/** "title, slug and tags", without computed fields; "this post" when none is left. */
function fieldList(changed: readonly string[]): string {
  const words = editedFields(changed).map(fieldWords)
  if (words.length === 0) return 'this post'
  if (words.length > maxNamed) return `${words.slice(0, 3).join(', ')} and ${words.length - 3} more`
  return [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' and ')
}

/** The server computes the read time from the content, and the live version and date from publishing. */
function editedFields(changed: readonly string[]): string[] {
  const computed = ['liveVersion', 'publishedAt', 'published', ...(changed.includes('content') ? ['readTime'] : [])]
  return changed.filter((field) => !computed.includes(field))
}
