import { lazyPart } from '../../../ui/lazyPart'
import { Pending } from '../../../ui/Pending'
import type { ConflictProps } from './TextConflictView'

/**
 * Resolves a conflict in a long text: base, mine and theirs of each conflicting place, and the result, which can be
 * edited. The result leaves the view by onResolve only. The code is loaded when the view is shown.
 */
export const ConflictView = lazyPart<ConflictProps>(
  async () => (await import('./TextConflictView')).TextConflictView,
  () => <Pending label="Loading…" />,
)
