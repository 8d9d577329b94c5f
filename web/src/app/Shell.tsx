import { Anchor } from '@mantine/core'
import { Suspense } from 'react'
import { Link, NavLink, Outlet } from 'react-router'
import { useReady } from '@wiredesk/react'
import { UserMenu } from '../features/account/UserMenu'
import { useSession } from '../features/login/useSession'
import { ConnectionBadge } from '../features/system/ConnectionBadge'
import { ConnectionBanner } from '../features/system/ConnectionBanner'
import { OnlineNow } from '../features/system/OnlineNow'
import { OriginBanner } from '../features/system/OriginBanner'
import { StatusBanner } from '../features/system/StatusBanner'
import { Pending } from '../ui/Pending'
import { Wordmark } from '../ui/Wordmark'
import { PageBoundary } from './PageBoundary'
import { useFocusOnNavigation } from './useFocusOnNavigation'
import { useReplacedHistory } from './useReplacedHistory'
import classes from './Shell.module.css'

/** The frame of every page: navigation, users online, and the state of the live connection. */
export function Shell({ onSignOut }: { onSignOut: () => void }) {
  const { user, can } = useSession()
  const ready = useReady()
  useFocusOnNavigation()
  useReplacedHistory()
  return (
    <>
      <header className={classes.header}>
        <Anchor href="#main" className={classes.skip}>
          Skip to content
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
            <UserMenu onSignOut={onSignOut} />
          </div>
        </div>
      </header>
      <main id="main" className={classes.main} tabIndex={-1}>
        <OriginBanner />
        <ConnectionBanner />
        <StatusBanner />
        <PageBoundary>
          <Suspense fallback={<Pending label="Loading…" />}>
            {ready ? <Outlet /> : <Pending label="Connecting…" />}
          </Suspense>
        </PageBoundary>
      </main>
    </>
  )
}

/** One entry of the navigation. The entry of the current page is marked. */
function PageLink({ to, label }: { to: string; label: string }) {
  return (
    <NavLink to={to} end={to === '/'} className={classes.link ?? ''}>
      {label}
    </NavLink>
  )
}
