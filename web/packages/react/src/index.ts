/** React hooks for the posts of a Wiredesk server. The session and all types are exports of @wiredesk/client. */
export { BlogProvider, type BlogProviderProps } from './BlogProvider.tsx'
export { type Blog, useBlog } from './useBlog.ts'
export { type Live, useConnection, useLive } from './useLive.ts'
export { useReady } from './useReady.ts'
