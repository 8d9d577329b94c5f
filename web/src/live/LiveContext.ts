import { createContext } from 'react'
import type { LiveSocket } from './socket'

/** The page's one LiveSocket; null outside of LiveProvider. */
export const LiveContext = createContext<LiveSocket | null>(null)
