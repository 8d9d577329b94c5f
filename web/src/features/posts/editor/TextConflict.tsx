import { fieldLabels, type Field, type Values } from '../data/fields'
import { ConflictView } from '../diff/ConflictView'
import type { Sides } from './ConflictDialog'

type Props = Sides & {
  field: Field
  theirsName: string
  onResolve: (result: Values[Field]) => void
  onCancel: () => void
}

/** The decision between two long texts, place by place. */
export function TextConflict({ field, base, mine, theirs, theirsName, onResolve, onCancel }: Props) {
  return (
    <ConflictView
      label={fieldLabels[field]}
      base={String(base)}
      mine={String(mine)}
      theirs={String(theirs)}
      mineName="You"
      theirsName={theirsName}
      onResolve={onResolve}
      onCancel={onCancel}
    />
  )
}
