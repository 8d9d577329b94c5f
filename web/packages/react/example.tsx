import { Session } from '@wiredesk/client'
import { BlogProvider, useBlog } from '@wiredesk/react'
import { createRoot } from 'react-dom/client'

const session = new Session({ baseUrl: 'https://blog.example.com' })

function Front() {
  const { isWebSocketConnected, connectionState, since, posts } = useBlog()
  return (
    <ul data-live={isWebSocketConnected} title={`${connectionState} since ${since.toLocaleTimeString()}`}>
      {posts.map((post) => (
        <li key={post.id}>{post.title}</li>
      ))}
    </ul>
  )
}

export async function show(root: HTMLElement): Promise<void> {
  // Signed in already, by the cookie of an earlier visit? Otherwise with a password.
  if (!(await session.refresh())) await session.login('ana@example.com', 'a long enough password')
  createRoot(root).render(
    <BlogProvider session={session}>
      <Front />
    </BlogProvider>,
  )
}
