import { createContext, useContext } from 'react'
import type { PresenceUser } from '../../../api/types'
import type { Field } from './draft'
import type { UseEditing } from './useEditing'

/** What every part of the editor shares. */
export type Desk = UseEditing & {
  /** What the server said against a field. */
  errors: Record<string, string>
  /** The others who have this post open. */
  people: readonly PresenceUser[]
  onFocus: (field: Field | null) => void
  /** Opens the choice between mine and theirs. */
  onChoose: (fields: readonly Field[]) => void
}

export const DeskContext = createContext<Desk | null>(null)

export function useDesk(): Desk {
  const desk = useContext(DeskContext)
  if (desk === null) throw new Error('useDesk needs a PostEditor above it')
  return desk
}
