import { expect, test } from 'vitest'
import { changeWords, type Told } from './changeWords'

test.each([
  [{ type: 'blog-created' }, 'created this post'],
  [{ type: 'blog-created', version: 4 }, 'restored this post'],
  [{ type: 'blog-deleted' }, 'deleted this post'],
  [{ type: 'blog-published', published: true }, 'published this post'],
  [{ type: 'blog-published' }, 'took this post back to draft'],
  [{ type: 'blog-updated', changed: ['title'] }, 'changed title'],
  [{ type: 'blog-updated', changed: ['blogImage', 'readTime', 'title'] }, 'changed cover image, read time and title'],
  [{ type: 'blog-updated', changed: ['a', 'b', 'c', 'd', 'e'] }, 'changed a, b, c and 2 more'],
  [{ type: 'blog-updated' }, 'changed this post'],
] as [Partial<Told> & Pick<Told, 'type'>, string][])('%o', (told, words) => {
  expect(changeWords({ changed: [], version: 1, published: false, ...told })).toBe(words)
})
