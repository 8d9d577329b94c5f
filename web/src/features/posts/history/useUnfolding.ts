import { useState } from 'react'
import type { Versions } from './versions'

type State = {
  /** The keys of the groups that were unfolded. */
  unfolded: ReadonlySet<number>
  /** The newest versions of groups that were opened as one. */
  asGroup: ReadonlySet<number>
  focused: string | null
}

/** Which groups of versions are unfolded, and which control takes the focus when one is replaced by another. */
export function useUnfolding(opened: number | null) {
  const [state, setState] = useState<State>({ unfolded: new Set(), asGroup: new Set(), focused: null })
  const { unfolded, asGroup, focused } = state
  return {
    focused,
    /** A group is unfolded on request, and when one of its older versions is open by itself. */
    isUnfolded: (key: number, [, ...older]: Versions): boolean =>
      older.length > 0 &&
      (unfolded.has(key) || older.some(({ data: { version } }) => version === opened && !asGroup.has(version))),
    set: (key: number, isUnfolded: boolean) => {
      const next = new Set(unfolded)
      if (isUnfolded) next.add(key)
      else next.delete(key)
      setState({ ...state, unfolded: next, focused: `fold-${key}` })
    },
    openAsGroup: (version: number) => setState({ ...state, asGroup: new Set([...asGroup, version]), focused: null }),
    focusVersion: (version: number) => setState({ ...state, focused: `version-${version}` }),
  }
}
