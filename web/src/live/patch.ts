import type { QueryClient } from '@tanstack/react-query'
import type { BlogEvent } from '@wiredesk/client'

/** Applies an event to a feature's part of the query cache. It changes only data that is older than the event. */
export type Patch = (cache: QueryClient, event: BlogEvent) => void
