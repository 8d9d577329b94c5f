import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { aSummary, changed } from '../../testing/fixtures'
import { liveQuery, entryOf } from './activity'
import { activityPatch } from './activityPatch'
import { join } from './useFeed'

const event = (seq: number) => changed(seq, aSummary({ id: seq, title: `Post ${seq}` }), 'title')

test('keeps live entries newest first, each once, up to a bound', () => {
  const cache = new QueryClient()
  const seqs = () => cache.getQueryData(liveQuery.queryKey)?.map(({ seq }) => seq)
  for (const seq of [1, 2, 2, 1, 3]) activityPatch(cache, event(seq))
  expect(seqs()).toEqual([3, 2, 1])
  for (let seq = 4; seq <= 501; seq++) activityPatch(cache, event(seq))
  expect(seqs()).toEqual([501])
})

test('live entries are put before entries that were read later, without repeats', () => {
  const live = [5, 4, 3].map((seq) => entryOf(event(seq)))
  const pages = [4, 3, 2].map((seq) => entryOf(event(seq)))
  expect(join(live, pages).map(({ seq }) => seq)).toEqual([5, 4, 3, 2])
})
