import { LiveConnection, Session, createApi, unwrap } from '@wiredesk/client'

const session = new Session({ baseUrl: 'https://blog.example.com' })
const api = createApi(session)

export async function showPosts(): Promise<void> {
  // Signed in already, by the cookie of an earlier visit? Otherwise with a password.
  if (!(await session.refresh())) await session.login('ana@example.com', 'a long enough password')

  const read = async () => {
    const { items } = await unwrap(api.GET('/api/posts', { params: { query: { limit: 10 } } }))
    for (const post of items) console.log(post.title)
  }
  const connection = new LiveConnection({
    session,
    onEvent: (event) => console.log(event.seq, event.type, event.data.slug),
    onRefresh: read, // at the start, and when events were missed
  })
  connection.watch(() => console.log(connection.get().state))
  connection.start()
}
