import { type Extension, RangeSet, type Range, StateEffect, StateField, type Transaction } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, WidgetType } from '@codemirror/view'
import { externalChange } from './sourceSync'

/** The time for which a change from outside is highlighted, in milliseconds. */
const shownFor = 4_000
/** The most places of one change that are highlighted one by one; more are shown as one. */
const maxPlaces = 100
/** The least time between two announcements of one author's changes, in milliseconds. */
const quietFor = 5_000

const expire = StateEffect.define<number>()
let lastId = 0

class AuthorTag extends WidgetType {
  readonly name: string

  constructor(name: string) {
    super()
    this.name = name
  }

  override eq = (other: AuthorTag): boolean => other.name === this.name

  /** Hidden from assistive technology: the announcement names the author. */
  override toDOM(): HTMLElement {
    const anchor = document.createElement('span')
    anchor.className = 'cm-externalAuthor'
    anchor.setAttribute('aria-hidden', 'true')
    const tag = document.createElement('span')
    tag.textContent = this.name
    anchor.append(tag)
    return anchor
  }

  override ignoreEvent = (): boolean => true
}

type Place = { from: number; to: number }

function changedPlaces(transaction: Transaction): Place[] {
  const places: Place[] = []
  transaction.changes.iterChangedRanges((_fromA, _toA, from, to) => places.push({ from, to }))
  const [first] = places
  const last = places.at(-1)
  return first && last && places.length > maxPlaces ? [{ from: first.from, to: last.to }] : places
}

function highlight(transaction: Transaction, by: string | null, id: number): Range<Decoration>[] {
  const { doc } = transaction.state
  let lastLine = 0
  return changedPlaces(transaction).flatMap(({ from, to }) => {
    const marks: Range<Decoration>[] = []
    if (to > from) marks.push(Decoration.mark({ class: 'cm-externalChange', id }).range(from, to))
    const line = doc.lineAt(to).number
    if (by !== null && line !== lastLine) marks.push(Decoration.widget({ widget: new AuthorTag(by), side: 1, id }).range(to))
    lastLine = line
    return marks
  })
}

const highlights = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (effect.is(expire)) next = next.update({ filter: (_from, _to, { spec }) => (spec as { id: number }).id !== effect.value })
    }
    const change = transaction.annotation(externalChange)
    if (!change || transaction.changes.empty) return next
    return RangeSet.join([next, Decoration.set(highlight(transaction, change.by, ++lastId), true)])
  },
  provide: (field) => EditorView.decorations.from(field),
})

/** "Ben changed line 12", "Ben changed lines 3 to 40". */
function describeExternalChange(transaction: Transaction, by: string | null): string {
  const places = changedPlaces(transaction)
  const lineAt = (at: number) => transaction.state.doc.lineAt(at).number
  const first = lineAt(places[0]?.from ?? 0)
  const last = lineAt(places.at(-1)?.to ?? 0)
  return `${by ?? 'Another session'} changed ${first === last ? `line ${first}` : `lines ${first} to ${last}`}`
}

/** Removes highlights after shownFor, and announces changes to screen readers. */
class ExternalChangeObserver {
  readonly #view: EditorView
  readonly #timers = new Set<number>()
  #announcement: { by: string | null; at: number } | null = null

  constructor(view: EditorView) {
    this.#view = view
  }

  update(update: ViewUpdate): void {
    for (const transaction of update.transactions) {
      const change = transaction.annotation(externalChange)
      if (!change || transaction.changes.empty) continue
      const id = lastId
      this.#after(shownFor, () => this.#view.dispatch({ effects: expire.of(id) }))
      this.#announce(describeExternalChange(transaction, change.by), change.by)
    }
  }

  destroy(): void {
    for (const timer of this.#timers) window.clearTimeout(timer)
  }

  #announce(text: string, by: string | null): void {
    const now = Date.now()
    const last = this.#announcement
    if (last && last.by === by && now - last.at < quietFor) return
    this.#announcement = { by, at: now }
    this.#after(0, () => this.#view.dispatch({ effects: EditorView.announce.of(text) }))
  }

  #after(milliseconds: number, run: () => void): void {
    const timer = window.setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, milliseconds)
    this.#timers.add(timer)
  }
}

/** Highlights changes from outside for shownFor, with their author's name. */
export const externalChanges: Extension = [highlights, ViewPlugin.fromClass(ExternalChangeObserver)]
