import { useEffect, useState } from 'react'
import { useLocation } from 'react-router'

export const titleId = (post: number): string => `post-${post}`
export const searchId = 'search-posts'

/** The post that was opened last from each history entry, so that going back puts the focus on its row. */
const opened = new Map<string, number>()
const maxOpened = 100

/** Returns the function that the title links call with the id of the post that they open. */
export function useOpened(): (post: number) => void {
  const { key } = useLocation()
  return (post) => {
    opened.delete(key)
    opened.set(key, post)
    for (const oldest of [...opened.keys()].slice(0, -maxOpened)) opened.delete(oldest)
  }
}

/** Puts the focus on the row that was opened from this history entry, and returns its post. */
export function useRestoredFocus(): number | null {
  const { key } = useLocation()
  const [post] = useState(() => opened.get(key) ?? null)
  useEffect(() => {
    if (post !== null) document.getElementById(titleId(post))?.focus({ preventScroll: true })
  }, [post])
  return post
}

/** A menu or dialog that is closing can take the focus away once more, so it is set twice, after so many milliseconds. */
const attempts = [0, 250]

/**
 * After the row of a post has left the list by an action of the user, moves the focus to the row that took its place,
 * or to the search field. `ids` are the rows before.
 */
export function focusNextRow(ids: readonly number[], removed: number): void {
  const at = ids.indexOf(removed)
  const next = ids[at + 1] ?? ids[at - 1]
  moveFocus(removed, () => document.getElementById(next === undefined ? searchId : titleId(next)))
}

/** After a dialog about a post, moves the focus back to the button of its menu. */
export function focusMenuButton(post: number): void {
  moveFocus(post, () => document.querySelector<HTMLElement>(`[data-post="${post}"] [aria-haspopup="menu"]`))
}

/** Moves the focus, unless the user has moved it away from the row of the post and from its menu and dialog. */
function moveFocus(post: number, target: () => HTMLElement | null): void {
  const move = () => {
    const active = document.activeElement
    const own = `[data-post="${post}"], [role="menu"], [role="dialog"]`
    if (active === null || active === document.body || active.closest(own) !== null) target()?.focus()
  }
  for (const delay of attempts) setTimeout(move, delay)
}
