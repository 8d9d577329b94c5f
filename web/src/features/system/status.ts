import { queryOptions } from '@tanstack/react-query'
import { unwrap } from '@wiredesk/client'
import { api } from '../../api/client'

/** The state of the server, read every 5 s while the page is visible. */
export const statusQuery = () =>
  queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/status', { signal })),
    refetchInterval: 5_000,
    retry: false,
  })
