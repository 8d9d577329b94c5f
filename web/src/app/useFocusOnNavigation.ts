import { useEffect, useRef } from 'react'
import { useLocation } from 'react-router'

/** The maximum wait for a page's heading after a navigation, in milliseconds. */
const waitAtMost = 5_000

/**
 * After a navigation, moves the focus to the heading of the new page, for users of keyboards and screen readers. The
 * focus stays where it is if the new page has set it.
 */
export function useFocusOnNavigation(): void {
  const { pathname } = useLocation()
  const previous = useRef(pathname)
  useEffect(() => {
    if (previous.current === pathname) return
    previous.current = pathname
    const main = document.getElementById('main')
    if (main === null) return
    if (focusHeading(main)) return
    const observer = new MutationObserver(() => focusHeading(main) && observer.disconnect())
    observer.observe(main, { childList: true, subtree: true, attributeFilter: ['style'] })
    const timer = setTimeout(() => observer.disconnect(), waitAtMost)
    return () => {
      observer.disconnect()
      clearTimeout(timer)
    }
  }, [pathname])
}

/** Returns false while the new page has no heading. Until it is loaded, React shows the previous page hidden. */
function focusHeading(main: HTMLElement): boolean {
  const active = document.activeElement
  if (active !== main && main.contains(active) && active?.checkVisibility()) return true
  const heading = [...main.querySelectorAll<HTMLElement>('h1')].find((element) => element.checkVisibility())
  if (heading === undefined) return false
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
  return true
}
