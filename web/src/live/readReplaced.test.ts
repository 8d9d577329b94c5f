import { QueryClient, QueryObserver, skipToken } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { readReplaced } from './readReplaced'

test('replaces what is shown, and drops what only events wrote, what no page shows and what cannot be read', async () => {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } })
  const seen: unknown[] = []
  const answers: Record<string, () => Promise<number>> = { shown: async () => 5, lost: () => Promise.reject(new Error('404')) }
  for (const [key, queryFn] of Object.entries(answers)) {
    cache.setQueryData([key], 7)
    new QueryObserver(cache, { queryKey: [key], queryFn }).subscribe(({ data }) => key === 'shown' && seen.push(data))
  }
  cache.setQueryData(['events'], 7)
  new QueryObserver(cache, { queryKey: ['events'], queryFn: skipToken }).subscribe(() => undefined)
  cache.setQueryData(['unused'], 7)
  await readReplaced(cache)
  expect(['shown', 'lost', 'events', 'unused'].map((key) => cache.getQueryData([key]))).toEqual([5, undefined, undefined, undefined])
  expect(seen).not.toContain(undefined)
})
