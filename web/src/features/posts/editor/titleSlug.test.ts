import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isSlugOfTitle, slugOfTitle } from './titleSlug'

const slugs = JSON.parse(readFileSync('../internal/post/testdata/slugs.json', 'utf8')) as Record<string, string>

test.each(Object.entries(slugs))('%j becomes %j, as on the server', (title, slug) => {
  expect(slugOfTitle(title)).toBe(slug)
})

test('a slug with the number of one that was taken is made from the title, another is not', () => {
  expect(isSlugOfTitle('hello', 'Hello')).toBe(true)
  expect(isSlugOfTitle('hello-2', 'Hello')).toBe(true)
  expect(isSlugOfTitle('hello-world', 'Hello')).toBe(false)
})
