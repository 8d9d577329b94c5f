import { SignInAgain } from '../features/login/SignInAgain'
import { SignInPage } from '../features/login/SignInPage'
import { Starting } from '../features/login/Starting'
import { useSession } from '../features/login/useSession'
import { BlogProvider } from './BlogProvider'
import { AppRoutes } from './routes'

/** The desk for those who are signed in, and for those whose session ended under their open page. */
export function Gate() {
  const { status, user } = useSession()
  if (status === 'unknown') return <Starting />
  if (user === null) return <SignInPage />
  return (
    <BlogProvider key={user.id}>
      <AppRoutes />
      <SignInAgain opened={status === 'signed-out'} user={user} />
    </BlogProvider>
  )
}
