import { ReauthDialog } from '../features/login/ReauthDialog'
import { SessionLoader } from '../features/login/SessionLoader'
import { SignInPage } from '../features/login/SignInPage'
import { useSession } from '../features/login/useSession'
import { BlogProvider } from './BlogProvider'
import { usePreloadedPages } from './lazyPage'
import { AppRoutes } from './routes'
import { SignOutDialog } from './SignOutDialog'
import { useSignOut } from './useSignOut'

/** The dashboard for signed-in users, and for those whose session ended under their open page. */
export function Gate() {
  const { status, user } = useSession()
  usePreloadedPages(status === 'signed-in')
  const { start, ...question } = useSignOut(user?.id ?? 0)
  if (status === 'unknown') return <SessionLoader />
  if (user === null) return <SignInPage />
  return (
    <BlogProvider key={user.id}>
      <AppRoutes onSignOut={start} />
      <ReauthDialog opened={status === 'signed-out' && question.unsaved === null} user={user} onSignOut={start} />
      <SignOutDialog {...question} />
    </BlogProvider>
  )
}
