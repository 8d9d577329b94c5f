/** The exports for other React pages that show the posts live; see docs/dashboard.md. */
export { session } from './api/session'
export { BlogProvider } from './app/BlogProvider'
export { type Blog, useBlog } from './app/useBlog'
