import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { isNarrowed, noFilter, readFilter, writeFilter, type Filter } from '../data/filter'

/** The list's filter, kept in the page's address. */
export function useFilter(): { filter: Filter; change: (part: Partial<Filter>) => void; clear: () => void } {
  const [params, setParams] = useSearchParams()
  return {
    filter: useMemo(() => readFilter(params), [params]),
    change: useCallback(
      (part) => setParams((now) => writeFilter({ ...readFilter(now), ...part }), { replace: true }),
      [setParams],
    ),
    clear: useCallback(() => setParams((now) => writeFilter(cleared(readFilter(now))), { replace: true }), [setParams]),
  }
}

/** The order stays; so does the list of deleted posts, until nothing else narrows it. */
const cleared = (filter: Filter): Filter => ({
  ...noFilter,
  sort: filter.sort,
  status: filter.status === 'deleted' && isNarrowed(filter) ? 'deleted' : noFilter.status,
})
