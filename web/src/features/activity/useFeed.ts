import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { liveQuery, pagesQuery, type Entry } from './activity'

/** All loaded entries, newest first, and the state of the query that reads older ones. */
export function useFeed() {
  const pages = useInfiniteQuery(pagesQuery)
  const { data: live } = useQuery(liveQuery)
  return { ...pages, entries: pages.data ? join(live ?? [], pages.data.pages.flatMap((page) => page.entries)) : null }
}

/** Takes the title of a deleted post from the entry before its deletion. */
function named(entries: Entry[]): Entry[] {
  const titles = new Map<number, string>()
  return entries
    .toReversed()
    .map((entry) => {
      const title = entry.post.title ?? titles.get(entry.post.id) ?? null
      if (title !== null) titles.set(entry.post.id, title)
      return { ...entry, post: { ...entry.post, title } }
    })
    .toReversed()
}

/** Live entries that are in the pages too are dropped: the pages may have been read later. */
export function join(live: readonly Entry[], pages: readonly Entry[]): Entry[] {
  const newest = pages[0]?.seq ?? 0
  return named([...live.filter(({ seq }) => seq > newest), ...pages])
}
