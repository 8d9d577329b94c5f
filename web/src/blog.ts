/** What another React page takes to show the live posts: docs/dashboard.md tells how. */
export { session } from './api/session'
export { BlogProvider } from './app/BlogProvider'
export { type Blog, useBlog } from './app/useBlog'
