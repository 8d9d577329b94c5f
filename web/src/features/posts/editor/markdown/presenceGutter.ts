import { type Extension, type Range, RangeSet, StateEffect, StateField } from '@codemirror/state'
import { gutter, GutterMarker } from '@codemirror/view'
import type { Person } from './surface'

/** The most people that are shown. */
const maxPeople = 50

export const setPeople = StateEffect.define<readonly Person[]>()

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => [...word][0] ?? '')
    .filter((_, i, all) => i === 0 || i === all.length - 1)
    .join('')
    .toUpperCase()

/** The names are in the status line too: the margin is hidden from assistive technology. */
class PeopleMarker extends GutterMarker {
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    super()
    this.names = names
  }

  override eq = (other: PeopleMarker): boolean => other.names.join('\n') === this.names.join('\n')

  override toDOM = (): Node => {
    const mark = document.createElement('span')
    mark.className = 'cm-person'
    mark.title = this.names.join(', ')
    mark.textContent = this.names.length === 1 ? initials(this.names[0] ?? '') : String(this.names.length)
    return mark
  }
}

const field = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(markers, { changes, effects, state }) {
    const people = effects.findLast((effect) => effect.is(setPeople))
    if (!people?.is(setPeople)) return markers.map(changes)
    const byLine = new Map<number, string[]>()
    for (const { name, line } of people.value.slice(0, maxPeople)) {
      const number = Math.min(Math.max(1, Math.round(line)), state.doc.lines)
      byLine.set(number, [...(byLine.get(number) ?? []), name])
    }
    const ranges = [...byLine].map(([line, names]): Range<GutterMarker> => new PeopleMarker(names).range(state.doc.line(line).from))
    return RangeSet.of(ranges, true)
  },
})

/** A margin with the initials of the other users at a line. Its width is constant, so that the text does not move. */
export const presenceGutter: Extension = [field, gutter({ class: 'cm-people', markers: (view) => view.state.field(field) })]
