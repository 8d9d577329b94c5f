import { Anchor } from '@mantine/core'
import { Suspense } from 'react'
import { Link, Outlet, useLocation } from 'react-router'
import { UserMenu } from '../features/account/UserMenu'
import { useSession } from '../features/login/useSession'
import { ConnectionBadge } from '../features/system/ConnectionBadge'
import { OnlineNow } from '../features/system/OnlineNow'
import { OriginBanner } from '../features/system/OriginBanner'
import { StatusBanner } from '../features/system/StatusBanner'
import { useReady } from '../live/useReady'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { ErrorNote } from '../ui/ErrorNote'
import { Pending } from '../ui/Pending'
import { Wordmark } from '../ui/Wordmark'
import { PageLink } from './PageLink'
import classes from './Shell.module.css'

/** What stands around every page: where one can go, who is here, and whether the screen is the present. */
export function Shell() {
  const { user, can } = useSession()
  const { pathname } = useLocation()
  const ready = useReady()
  return (
    <>
      <header className={classes.header}>
        <Anchor href="#main" className={classes.skip}>
          Skip to the page
        </Anchor>
        <div className={classes.bar}>
          <Link to="/" className={classes.mark}>
            <Wordmark />
          </Link>
          <nav className={classes.nav} aria-label="Pages">
            <PageLink to="/" label="Posts" />
            <PageLink to="/activity" label="Activity" />
            {can('manageUsers') && <PageLink to="/users" label="Users" />}
          </nav>
          <div className={classes.tools}>
            {user && <OnlineNow self={user.id} />}
            <ConnectionBadge />
            <UserMenu />
          </div>
        </div>
      </header>
      <main id="main" className={classes.main} tabIndex={-1}>
        <OriginBanner />
        <StatusBanner />
        <ErrorBoundary key={pathname} fallback={(retry) => <ErrorNote message={broken} onRetry={retry} />}>
          <Suspense fallback={<Pending label="Opening the page" />}>
            {ready ? <Outlet /> : <Pending label="Connecting" />}
          </Suspense>
        </ErrorBoundary>
      </main>
    </>
  )
}

const broken = 'This page broke. If trying again does not help, reload the page.'
