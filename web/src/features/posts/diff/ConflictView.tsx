import { lazy, Suspense } from 'react'
import { Pending } from '../../../ui/Pending'
import type { ConflictProps } from './TextConflictView'

const TextConflictView = lazy(async () => ({ default: (await import('./TextConflictView')).TextConflictView }))

/**
 * Resolves a conflict in a long text: base, mine and theirs of each conflicting place, and the result, which can be
 * edited. The result leaves the view by onResolve only. The code is loaded when the view is shown.
 */
export function ConflictView(props: ConflictProps) {
  return (
    <Suspense fallback={<Pending label="Loading…" />}>
      <TextConflictView {...props} />
    </Suspense>
  )
}
