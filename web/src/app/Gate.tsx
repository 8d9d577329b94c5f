import { ReauthDialog } from '../features/login/ReauthDialog'
import { SessionLoader } from '../features/login/SessionLoader'
import { SignInPage } from '../features/login/SignInPage'
import { useSession } from '../features/login/useSession'
import { BlogProvider } from './BlogProvider'
import { usePreloadedPages } from './lazyPage'
import { AppRoutes } from './routes'

/** The dashboard for signed-in users, and for those whose session ended under their open page. */
export function Gate() {
  const { status, user, logout } = useSession()
  usePreloadedPages(status === 'signed-in')
  const signOut = () => void logout()
  if (status === 'unknown') return <SessionLoader />
  if (user === null) return <SignInPage />
  return (
    <BlogProvider key={user.id}>
      <AppRoutes onSignOut={signOut} />
      <ReauthDialog opened={status === 'signed-out'} user={user} onSignOut={signOut} />
    </BlogProvider>
  )
}
