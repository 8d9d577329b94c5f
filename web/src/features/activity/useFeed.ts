import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { cameQuery, pastQuery, type Entry } from './activity'

/** All entries that are known, newest first, and the means to read older ones. */
export function useFeed() {
  const past = useInfiniteQuery(pastQuery)
  const { data: came } = useQuery(cameQuery)
  return { ...past, entries: past.data ? join(came ?? [], past.data.pages.flatMap((page) => page.entries)) : null }
}

/** A deletion does not tell the title; the entry before it does. */
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

/** Of what came, only what is beyond the past: the past may have been read later. */
export function join(came: readonly Entry[], past: readonly Entry[]): Entry[] {
  const newest = past[0]?.seq ?? 0
  return named([...came.filter(({ seq }) => seq > newest), ...past])
}
