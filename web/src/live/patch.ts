import type { QueryClient } from '@tanstack/react-query'
import type { BlogEvent } from '../api/types'

/** What a feature does to the query cache when an event comes. It changes only what is older than the event. */
export type Patch = (cache: QueryClient, event: BlogEvent) => void
