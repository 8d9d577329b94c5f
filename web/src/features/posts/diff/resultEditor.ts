import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { EditorState, StateField, type Extension, type Range } from '@codemirror/state'
import { Decoration, EditorView, keymap, type DecorationSet } from '@codemirror/view'
import { choose, placesField, resultPlaces } from './resultState'
import type { Choice, Decision, HunkPlace, MergedPlace, Plan } from './resolution'
import { LineLabel, textView } from './textView'

const theme = EditorView.theme({
  '&': { maxHeight: '40vh' },
  '.cm-scroller': { overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
  '.cm-openConflict': { background: 'light-dark(#fdf3dc, #3d3220)' },
  '.cm-decidedConflict': { background: 'light-dark(#e8f5f6, #17353a)' },
  '.cm-conflictLabel': { fontWeight: '600', color: 'light-dark(#1a2629, #d5dbdc)' },
  '.cm-fromMine': { boxShadow: 'inset 3px 0 light-dark(#1e6b74, #54a2ab)' },
  '.cm-fromTheirs': { boxShadow: 'inset 3px 0 light-dark(#8f5600, #e0a94a)' },
})

export type ResultEditor = {
  choose: (index: number, choice: Choice) => void
  /** Scrolls the result, not the page, to a conflict. */
  show: (index: number) => void
  text: () => string
  destroy: () => void
}

type Options = { label: string; plan: Plan; onDecisions: (decisions: Decision[]) => void }

/** Shows the result of a merge as a text that can be edited, with each conflict marked. */
export function mountResult(parent: HTMLElement, { label, plan, onDecisions }: Options): ResultEditor {
  const view = new EditorView({
    parent,
    state: EditorState.create({ doc: plan.text, extensions: [textExtensions(label), conflictExtensions(plan, onDecisions)] }),
  })
  const show = (index: number) => {
    const place = view.state.field(placesField)[index]
    if (place) view.scrollDOM.scrollTop = Math.max(0, view.lineBlockAt(place.from).top - 60)
  }
  return {
    show,
    choose: (index, choice) => {
      const hunk = plan.hunks[index]
      if (!hunk) return
      view.dispatch(choose(view.state, index, hunk, choice))
      show(index)
    },
    text: () => view.state.doc.toString(),
    destroy: () => view.destroy(),
  }
}

/** Tab is not bound: it moves the focus to the next control of the dialog. */
const textExtensions = (label: string): Extension => [
  history(),
  keymap.of([...historyKeymap, ...defaultKeymap]),
  textView(label, { spellcheck: 'true' }),
  theme,
]

const conflictExtensions = ({ places, merged }: Plan, onDecisions: Options['onDecisions']): Extension => [
  resultPlaces(places),
  conflictMarks,
  mergedMarks(merged),
  EditorView.updateListener.of(({ startState, state }) => {
    const now = state.field(placesField)
    if (now !== startState.field(placesField)) onDecisions(now.map(({ decision }) => decision))
  }),
]

const conflictMarks = StateField.define<DecorationSet>({
  create: (state) => markConflicts(state),
  update: (marks, { state, startState }) => (state.field(placesField) === startState.field(placesField) ? marks : markConflicts(state)),
  provide: (field) => EditorView.decorations.from(field),
})

function markConflicts(state: EditorState): DecorationSet {
  const places = state.field(placesField)
  const marks = places.flatMap((place, index) => {
    const label = `Conflict ${index + 1} of ${places.length}: ${decisionLabels[place.decision ?? 'open']}`
    const line = Decoration.line({ class: place.decision === null ? 'cm-openConflict' : 'cm-decidedConflict' })
    const at = state.doc.lineAt(place.from).from
    const widget = new LineLabel(label, 'cm-conflictLabel')
    return [Decoration.widget({ widget, block: true, side: -1 }).range(at), ...linesOf(state, place, line)]
  })
  return Decoration.set(marks, true)
}

const decisionLabels: Record<NonNullable<Decision> | 'open', string> = {
  open: 'unresolved',
  mine: 'using mine',
  theirs: 'using theirs',
  both: 'using both',
  combined: 'merged',
  edited: 'edited in the result',
}

function linesOf(state: EditorState, { from, to }: Pick<HunkPlace, 'from' | 'to'>, mark: Decoration): Range<Decoration>[] {
  const marks: Range<Decoration>[] = []
  for (let at = from; at < to; at = state.doc.lineAt(at).to + 1) marks.push(mark.range(state.doc.lineAt(at).from))
  return marks
}

const mergedMarks = (merged: readonly MergedPlace[]) =>
  StateField.define<DecorationSet>({
    create: (state) =>
      Decoration.set(
        merged.flatMap((place) => linesOf(state, place, place.by === 'mine' ? fromMine : fromTheirs)),
        true,
      ),
    update: (marks, { changes }) => marks.map(changes),
    provide: (field) => EditorView.decorations.from(field),
  })

const fromMine = Decoration.line({ class: 'cm-fromMine' })
const fromTheirs = Decoration.line({ class: 'cm-fromTheirs' })
