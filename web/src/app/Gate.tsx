import { lazy, Suspense } from 'react'
import { SessionLoader } from '../features/login/SessionLoader'
import { useSession } from '../features/login/useSession'
import { Pending } from '../ui/Pending'
import { CacheProvider, DashboardProvider } from './DashboardProvider'
import { lazyPage, usePreloadedPages } from './lazyPage'
import { PageBoundary } from './PageBoundary'
import { AppRoutes } from './routes'
import { SignOutDialog } from './SignOutDialog'
import { useSignOut } from './useSignOut'

const SignInPage = lazyPage(async () => (await import('../features/login/SignInPage')).SignInPage)

const NewPasswordPage = lazyPage(async () => (await import('../features/account/NewPasswordPage')).NewPasswordPage)

/** Loaded after the page. If that fails, an ended session can be renewed by a sign-in in another tab. */
const ReauthDialog = lazy(async () => ({ default: await loadReauthDialog().catch(() => NoDialog) }))
const loadReauthDialog = async () => (await import('../features/login/ReauthDialog')).ReauthDialog
const NoDialog: Awaited<ReturnType<typeof loadReauthDialog>> = () => <></>

/** The dashboard while a user is signed in, or after the session has ended under an open page; else the sign-in page. */
export function Gate() {
  const { status, user } = useSession()
  usePreloadedPages(status === 'signed-in')
  const { start, ...question } = useSignOut(user?.id ?? 0)
  if (status === 'unknown') return <SessionLoader />
  if (user === null) {
    return (
      <PageBoundary>
        <Suspense fallback={<Pending label="Loading…" />}>
          <SignInPage />
        </Suspense>
      </PageBoundary>
    )
  }
  if (user.mustChangePassword && status === 'signed-in') {
    return (
      <CacheProvider key={user.id}>
        <PageBoundary>
          <Suspense fallback={<Pending label="Loading…" />}>
            <NewPasswordPage />
          </Suspense>
        </PageBoundary>
      </CacheProvider>
    )
  }
  return (
    <DashboardProvider key={user.id}>
      <AppRoutes onSignOut={start} />
      <Suspense>
        <ReauthDialog opened={status === 'signed-out' && question.unsaved === null} user={user} onSignOut={start} />
      </Suspense>
      <SignOutDialog {...question} />
    </DashboardProvider>
  )
}
