import { expect, test } from 'vitest'
import { describeBulk, describeChange, type Described } from './describeChange'

test.each([
  [{ type: 'blog-created' }, 'created this post'],
  [{ type: 'blog-created', version: 4 }, 'restored this post as a draft'],
  [{ type: 'blog-created', version: 4, restored: 2 }, 'restored version 2 as a draft'],
  [{ type: 'blog-deleted' }, 'deleted this post'],
  [{ type: 'blog-published', published: true, changed: ['published', 'publishedAt'] }, 'published this post'],
  [{ type: 'blog-published', published: true, changed: ['liveVersion'] }, 'published changes'],
  [{ type: 'blog-published', changed: ['published'] }, 'unpublished this post'],
  [{ type: 'blog-updated', changed: ['title'] }, 'edited title'],
  [{ type: 'blog-updated', changed: ['content', 'readTime'] }, 'edited content'],
  [{ type: 'blog-updated', changed: ['readTime'] }, 'edited read time'],
  [{ type: 'blog-updated', changed: ['content', 'liveVersion'] }, 'edited content'],
  [{ type: 'blog-updated', changed: ['blogImage', 'authorImage', 'title'] }, 'edited cover image, author photo URL and title'],
  [{ type: 'blog-updated', changed: ['a', 'b', 'c', 'd', 'e'] }, 'edited a, b, c and 2 more'],
  [{ type: 'blog-updated', changed: ['content', 'title'], restored: 3 }, 'restored version 3'],
  [{ type: 'blog-updated', changed: ['content'], redacted: true }, 'removed text from all versions'],
  [{ type: 'blog-updated' }, 'edited this post'],
] as [Partial<Described> & Pick<Described, 'type'>, string][])('%o', (change, words) => {
  expect(describeChange({ changed: [], version: 1, published: false, ...change })).toBe(words)
})

test.each([
  [{ type: 'blog-created' }, 'created 751 posts'],
  [{ type: 'blog-created', version: 3 }, 'restored 751 posts as drafts'],
  [{ type: 'blog-deleted', version: 3 }, 'deleted 751 posts'],
  [{ type: 'blog-published', published: true }, 'published 751 posts'],
  [{ type: 'blog-published' }, 'unpublished 751 posts'],
] as [Partial<Described> & Pick<Described, 'type'>, string][])('many: %o', (change, words) => {
  expect(describeBulk({ changed: [], version: 1, published: false, ...change }, 751)).toBe(words)
})
