import { NavLink } from 'react-router'
import classes from './PageLink.module.css'

/** One entry of the navigation. The entry of the current page is marked. */
export function PageLink({ to, label }: { to: string; label: string }) {
  return (
    <NavLink to={to} end={to === '/'} className={classes.link ?? ''}>
      {label}
    </NavLink>
  )
}
