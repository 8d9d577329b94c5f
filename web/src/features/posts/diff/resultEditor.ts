import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { EditorState, StateField, type Extension, type Range } from '@codemirror/state'
import { Decoration, EditorView, keymap, WidgetType, type DecorationSet } from '@codemirror/view'
import { styleNonce } from '../../../ui/styleNonce'
import { choose, placesField, resultPlaces } from './resultState'
import type { Choice, Decision, HunkPlace, MergedPlace, Plan } from './resolution'

const theme = EditorView.theme({
  '&': { fontSize: 'var(--mantine-font-size-sm)', backgroundColor: 'var(--desk-surface)', color: 'inherit', maxHeight: '40vh' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
  '.cm-line': { padding: '0 0.75rem', unicodeBidi: 'plaintext', textAlign: 'start', overflowWrap: 'anywhere' },
  '.cm-openConflict': { background: 'light-dark(#fdf3dc, #3d3220)' },
  '.cm-decidedConflict': { background: 'light-dark(#e8f5f6, #17353a)' },
  '.cm-conflictLabel': {
    padding: '0.15rem 0.75rem',
    fontFamily: 'var(--mantine-font-family)',
    fontSize: 'var(--mantine-font-size-xs)',
    fontWeight: '600',
    color: 'light-dark(#1a2629, #d5dbdc)',
  },
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

/** Tab moves the focus on: the result is a step of a dialog. */
const textExtensions = (label: string): Extension => [
  EditorState.lineSeparator.of('\n'),
  EditorView.lineWrapping,
  history(),
  keymap.of([...historyKeymap, ...defaultKeymap]),
  EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'true', tabindex: '0' }),
  EditorView.cspNonce.of(styleNonce()),
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
    const label = new ConflictLabel(`Conflict ${index + 1} of ${places.length}: ${decisionWords[place.decision ?? 'open']}`)
    const line = Decoration.line({ class: place.decision === null ? 'cm-openConflict' : 'cm-decidedConflict' })
    const at = state.doc.lineAt(place.from).from
    return [Decoration.widget({ widget: label, block: true, side: -1 }).range(at), ...linesOf(state, place, line)]
  })
  return Decoration.set(marks, true)
}

export const decisionWords: Record<NonNullable<Decision> | 'open', string> = {
  open: 'not decided',
  mine: 'mine used',
  theirs: 'theirs used',
  both: 'both used',
  combined: 'combined',
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

class ConflictLabel extends WidgetType {
  constructor(readonly text: string) {
    super()
  }

  override eq(other: ConflictLabel): boolean {
    return this.text === other.text
  }

  override toDOM(): HTMLElement {
    const label = document.createElement('div')
    label.className = 'cm-conflictLabel'
    label.textContent = this.text
    return label
  }
}
