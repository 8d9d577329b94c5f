/** An event, as far as it is told in words. */
export type Told = {
  type: 'blog-created' | 'blog-updated' | 'blog-deleted' | 'blog-published'
  changed: readonly string[]
  version: number
  published: boolean
}

const labels: Record<string, string> = {
  readTime: 'read time',
  authorName: 'author',
  authorPosition: 'author’s position',
  authorImage: 'author’s image',
  blogImage: 'cover image',
}

/** The field's name in running text. */
export const fieldWords = (field: string): string => labels[field] ?? field

/** What the actor did, to follow a name: "changed title and tags". */
export function changeWords({ type, changed, version, published }: Told): string {
  switch (type) {
    case 'blog-created':
      return version === 1 ? 'created this post' : 'restored this post'
    case 'blog-deleted':
      return 'deleted this post'
    case 'blog-published':
      return published ? 'published this post' : 'took this post back to draft'
    case 'blog-updated':
      return `changed ${list(changed.map(fieldWords))}`
  }
}

function list(words: string[]): string {
  if (words.length === 0) return 'this post'
  if (words.length > 4) return `${words.slice(0, 3).join(', ')} and ${words.length - 3} more`
  return [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' and ')
}
