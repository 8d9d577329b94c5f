import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { cameQuery, pastQuery, type Entry } from './activity'

/** All entries that are known, newest first, and the means to read older ones. */
export function useFeed() {
  const past = useInfiniteQuery(pastQuery)
  const { data: came } = useQuery(cameQuery)
  return { ...past, entries: past.data ? join(came ?? [], past.data.pages.flatMap((page) => page.entries)) : null }
}

/** Of what came, only what is beyond the past: the past may have been read later. */
export function join(came: readonly Entry[], past: readonly Entry[]): Entry[] {
  const newest = past[0]?.seq ?? 0
  return [...came.filter(({ seq }) => seq > newest), ...past]
}
