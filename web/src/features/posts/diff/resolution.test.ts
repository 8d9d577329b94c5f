import { history, undo } from '@codemirror/commands'
import { EditorState, type TransactionSpec } from '@codemirror/state'
import { expect, test } from 'vitest'
import { mergeRegions, type Region } from '../data/merge'
import { chosenText, conflictsLeft, finalText, planResult, undecided, type Hunk } from './resolution'
import { choose, placesField, resultPlaces } from './resultState'

const region = (kind: Region['kind'], base: string[], mine = base, theirs = base): Region => ({ kind, base, mine, theirs })
const hunk = (base: string, mine: string, theirs: string): Hunk => ({ base, mine, theirs, combined: null })
const never = () => null

const regions: Region[] = [
  region('same', ['# Title']),
  region('mine', ['a'], ['A']),
  region('conflict', ['one'], ['one mine'], ['one theirs']),
  region('theirs', ['b'], ['b'], ['B']),
  region('conflict', ['two'], ['two mine'], []),
  region('same', ['end']),
]

test('the result starts with the changes of both sides, and the base in each conflict', () => {
  const plan = planResult(regions, never)
  expect(plan.text).toBe('# Title\nA\none\nB\ntwo\nend\n')
  expect(plan.places.map(({ from, to }) => plan.text.slice(from, to))).toEqual(['one\n', 'two\n'])
  expect(plan.merged.map(({ from, to, by }) => [by, plan.text.slice(from, to)])).toEqual([
    ['mine', 'A\n'],
    ['theirs', 'B\n'],
  ])
  expect(undecided(plan.places.map(({ decision }) => decision))).toBe(2)
})

test.each([
  ['a', 'a\nX', 'a\nY'],
  ['a\nb', 'a', 'a\nb2'],
  ['a\nb\n', 'a', 'c\n'],
  ['', 'mine', 'theirs'],
  ['a\n', 'b', ''],
])('each side can be taken whole: %j, %j, %j', (base, mine, theirs) => {
  for (const side of ['mine', 'theirs'] as const) {
    const plan = planResult(mergeRegions(base, mine, theirs), never)
    let state = EditorState.create({ doc: plan.text, extensions: resultPlaces(plan.places) })
    for (const [index, chosen] of plan.hunks.entries()) state = state.update(choose(state, index, chosen, side)).state
    if (plan.merged.length === 0) expect(finalText(state.doc.toString())).toBe(side === 'mine' ? mine : theirs)
  }
})

test('words are combined where that is possible', () => {
  const combine = (_: string, mine: string, theirs: string) => (theirs === '' ? null : `${mine}+${theirs}`)
  expect(planResult(regions, combine).hunks.map(({ combined }) => combined)).toEqual(['one mine\n+one theirs\n', null])
})

test.each([
  ['list items stay together', '- a\n', '- b\n', '- a\n- b\n'],
  ['paragraphs get a blank line between them', 'Mine.\n', 'Theirs.\n', 'Mine.\n\nTheirs.\n'],
  ['table rows', '| a |\n', '| b |\n', '| a |\n| b |\n'],
  ['a side that deleted', '', 'Theirs.\n', 'Theirs.\n'],
])('both: %s', (_, mine, theirs, both) => {
  expect(chosenText(hunk('x\n', mine, theirs), 'both')).toBe(both)
})

test.each([
  [2, '2 conflicts left'],
  [1, '1 conflict left'],
  [0, 'All conflicts resolved'],
])('%i', (count, words) => {
  expect(conflictsLeft(count)).toBe(words)
})

/** An editor state of the result, with steps on it. */
function open() {
  const plan = planResult(regions, never)
  let state = EditorState.create({ doc: plan.text, extensions: [history(), resultPlaces(plan.places)] })
  const apply = (spec: TransactionSpec) => {
    state = state.update(spec).state
  }
  return {
    text: () => state.doc.toString(),
    decisions: () => state.field(placesField).map(({ decision }) => decision),
    apply,
    choose: (index: number, choice: 'mine' | 'theirs' | 'both') => {
      const chosen = plan.hunks[index]
      if (chosen) apply(choose(state, index, chosen, choice))
    },
    undo: () => undo({ state, dispatch: (transaction) => (state = transaction.state) }),
  }
}

test('each conflict is decided on its own, and can be decided again', () => {
  const result = open()
  result.choose(1, 'theirs')
  result.choose(0, 'both')
  expect(result.text()).toBe('# Title\nA\none mine\n\none theirs\nB\nend\n')
  result.choose(1, 'mine')
  result.choose(0, 'theirs')
  expect(result.text()).toBe('# Title\nA\none theirs\nB\ntwo mine\nend\n')
  expect(result.decisions()).toEqual(['theirs', 'mine'])
})

test('typing inside a conflict decides it, typing beside it does not', () => {
  const result = open()
  result.apply({ changes: { from: 0, insert: 'X' } })
  result.apply({ changes: { from: result.text().indexOf('B'), insert: 'Y' } })
  expect(result.decisions()).toEqual([null, null])
  result.apply({ changes: { from: result.text().indexOf('one') + 3, insert: '!' } })
  expect(result.decisions()).toEqual(['edited', null])
  result.choose(0, 'mine')
  expect(result.text()).toBe('X# Title\nA\none mine\nYB\ntwo\nend\n')
})

test('undo brings back the text and the decision', () => {
  const result = open()
  result.choose(0, 'mine')
  result.undo()
  expect(result.text()).toBe('# Title\nA\none\nB\ntwo\nend\n')
  expect(result.decisions()).toEqual([null, null])
})
