/** The editor state of a merge result: which range belongs to which conflict, through edits and undo. */
import { invertedEffects } from '@codemirror/commands'
import { StateEffect, StateField, type ChangeDesc, type EditorState, type Extension, type TransactionSpec } from '@codemirror/state'
import { chosenText, type Choice, type Hunk, type HunkPlace } from './resolution'

const setPlaces = StateEffect.define<readonly HunkPlace[]>({ map: (places, changes) => mapPlaces(places, changes) })

export const placesField = StateField.define<readonly HunkPlace[]>({
  create: () => [],
  update(places, { changes, effects, docChanged }) {
    const set = effects.findLast((effect) => effect.is(setPlaces))
    if (set?.is(setPlaces)) return set.value
    return docChanged ? mapPlaces(markEdited(places, changes), changes) : places
  },
})

/** Makes undo restore the decision together with the text. */
const undoDecisions = invertedEffects.of(({ startState, state }) => {
  const before = startState.field(placesField)
  const after = state.field(placesField)
  const isSame = before.every(({ decision }, index) => decision === after[index]?.decision)
  return isSame ? [] : [setPlaces.of(before)]
})

export const resultPlaces = (places: readonly HunkPlace[]): Extension => [placesField.init(() => places), undoDecisions]

/** Excludes text typed at the end of a range, which belongs to the next line. */
function mapPlaces(places: readonly HunkPlace[], changes: ChangeDesc): HunkPlace[] {
  return places.map(({ from, to, decision }) => {
    const start = changes.mapPos(from, -1)
    return { from: start, to: Math.max(start, changes.mapPos(to, -1)), decision }
  })
}

function markEdited(places: readonly HunkPlace[], changes: ChangeDesc): HunkPlace[] {
  return places.map((place) => (isTouched(place, changes) ? { ...place, decision: 'edited' } : place))
}

function isTouched({ from, to }: HunkPlace, changes: ChangeDesc): boolean {
  let touched = false
  changes.iterChangedRanges((start, end) => {
    const isInsertion = start === end
    touched ||= isInsertion ? start >= from && start < to : start < to && end > from
  })
  return touched
}

/** Replaces the text of one conflict by the chosen one. */
export function choose(state: EditorState, index: number, hunk: Hunk, choice: Choice): TransactionSpec {
  const places = state.field(placesField)
  const place = places[index]
  if (!place) return {}
  const insert = chosenText(hunk, choice)
  const grown = insert.length - (place.to - place.from)
  const moved = places.map(({ from, to, decision }, at): HunkPlace => {
    if (at === index) return { from, to: from + insert.length, decision: choice }
    return at > index ? { from: from + grown, to: to + grown, decision } : { from, to, decision }
  })
  return { changes: { from: place.from, to: place.to, insert }, effects: setPlaces.of(moved), userEvent: 'input.choose' }
}
