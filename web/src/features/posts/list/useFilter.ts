import { useSearchParams } from 'react-router'
import { noFilter, readFilter, writeFilter, type Filter } from '../data/filter'

/** The list's filter, kept in the page's address. */
export function useFilter(): { filter: Filter; change: (part: Partial<Filter>) => void; clear: () => void } {
  const [params, setParams] = useSearchParams()
  const filter = readFilter(params)
  return {
    filter,
    change: (part) => setParams((now) => writeFilter({ ...readFilter(now), ...part }), { replace: true }),
    clear: () => setParams(writeFilter({ ...noFilter, sort: filter.sort }), { replace: true }),
  }
}
