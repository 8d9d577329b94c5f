import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { ApiError } from '@wiredesk/client'
import { statusQuery } from '../features/system/status'
import { LiveProvider } from '../live/LiveProvider'
import { patches } from './patches'

/** Provides the query cache and the live connection to its children. */
export function DashboardProvider({ children }: { children: ReactNode }) {
  return (
    <CacheProvider>
      <LiveProvider patches={patches}>{children}</LiveProvider>
    </CacheProvider>
  )
}

/** Provides a query cache without a live connection, for a page that reads nothing. */
export function CacheProvider({ children }: { children: ReactNode }) {
  const [cache] = useState(newCache)
  return <QueryClientProvider client={cache}>{children}</QueryClientProvider>
}

function newCache(): QueryClient {
  const cache: QueryClient = new QueryClient({
    // A server on this machine is reachable without a network: requests do not wait for navigator.onLine.
    defaultOptions: { queries: { networkMode: 'always', retry: mayRetry }, mutations: { networkMode: 'always' } },
    mutationCache: new MutationCache({
      onError: (error) => {
        if (isServerFault(error)) void cache.invalidateQueries({ queryKey: statusQuery().queryKey })
      },
    }),
  })
  return cache
}

const isServerFault = (error: Error): boolean => !(error instanceof ApiError) || error.status >= 500

/** Retries twice when the server is unreachable or fails; a refusal is final. */
const mayRetry = (failures: number, error: Error): boolean => failures < 2 && isServerFault(error)
