import { isolateHistory, redo, undo } from '@codemirror/commands'
import { EditorState, type Transaction, type TransactionSpec } from '@codemirror/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sharedExtensions } from './sharedExtensions'
import { SourceSync } from './sourceSync'
import { marked } from './testState'
import { MemoryText } from '../../data/textSource'

/** A document without a view on a source. */
function editorOn(source: MemoryText) {
  let isComposing = false
  let state = EditorState.create()
  const apply = (transaction: Transaction) => {
    state = transaction.state
    if (transaction.docChanged) sync.changed(transaction)
  }
  const sync = new SourceSync(source, {
    state: () => state,
    dispatch: (spec) => apply(state.update(spec)),
    isComposing: () => isComposing,
  })
  state = EditorState.create({ doc: sync.text, extensions: sharedExtensions })
  sync.start()
  return {
    text: () => state.doc.toString(),
    marked: () => marked(state),
    state: () => state,
    dispatch: (spec: TransactionSpec) => apply(state.update(spec)),
    select: (anchor: number, head = anchor) => apply(state.update({ selection: { anchor, head } })),
    type: (text: string) => apply(state.update({ ...state.replaceSelection(text), userEvent: 'input.type', annotations: isolateHistory.of('full') })),
    undo: () => undo({ state, dispatch: apply }),
    redo: () => redo({ state, dispatch: apply }),
    compose: () => (isComposing = true),
    composed: () => {
      isComposing = false
      sync.flush()
    },
  }
}

describe('SourceSync', () => {
  test('stores typed text at once', () => {
    const source = new MemoryText('ab')
    const editor = editorOn(source)
    editor.select(1)
    editor.type('x')
    expect(source.get()).toBe('axb')
  })

  test('an outside change leaves the caret in its place in the text', () => {
    const source = new MemoryText('line one\nline two\nline three')
    const editor = editorOn(source)
    editor.select(12)
    source.receive('line one, longer\nline two\nline three and more', 'Ben')
    expect(editor.marked()).toBe('line one, longer\nlin|e two\nline three and more')
  })

  test('a paragraph inserted before or behind the caret moves it with its line', () => {
    for (const caret of [3, 5]) {
      const source = new MemoryText('one\n\ntwo')
      const editor = editorOn(source)
      editor.select(caret)
      source.receive('one\n\nnew\n\ntwo', 'Ben')
      expect(editor.marked()).toBe(caret === 3 ? 'one|\n\nnew\n\ntwo' : 'one\n\nnew\n\n|two')
    }
  })

  test('undo after an outside change undoes own typing only', () => {
    const source = new MemoryText('one two')
    const editor = editorOn(source)
    editor.select(7)
    editor.type(' mine')
    source.receive('ONE two mine', 'Ben')
    editor.undo()
    expect(editor.text()).toBe('ONE two')
    expect(source.get()).toBe('ONE two')
    editor.redo()
    expect(editor.text()).toBe('ONE two mine')
    editor.undo()
    editor.undo()
    expect(editor.text()).toBe('ONE two')
  })

  test('undo of a paste over everything brings the old text back once, beside the outside change', () => {
    const source = new MemoryText('1 aaa\n2 bbb')
    const editor = editorOn(source)
    editor.select(0, 11)
    editor.type('pasted text')
    source.receive('pasted text BY BEN', 'Ben')
    editor.undo()
    expect(editor.text()).toBe('1 aaa\n2 bbb BY BEN')
  })

  test('an outside change waits while an input method composes, and nothing is lost', () => {
    const source = new MemoryText('one\ntwo')
    const editor = editorOn(source)
    editor.select(7)
    editor.compose()
    editor.type('k')
    source.receive('ONE\ntwok', 'Ben')
    editor.type('a')
    expect(editor.text()).toBe('one\ntwoka')
    expect(source.get()).toBe('ONE\ntwok')
    editor.composed()
    expect(editor.text()).toBe('ONE\ntwoka')
    expect(source.get()).toBe('ONE\ntwoka')
  })

  test('a text with \\r\\n keeps its line ends', () => {
    const source = new MemoryText('one\r\ntwo')
    const editor = editorOn(source)
    editor.select(7)
    editor.type('!')
    expect(source.get()).toBe('one\r\ntwo!')
    source.receive('zero\r\none\r\ntwo!', 'Ben')
    expect(editor.text()).toBe('zero\none\ntwo!')
  })

  test('after any steps source and document agree, and undoing everything keeps the changes of others', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('type' as const), at: fc.nat(), length: fc.nat(3), text: fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 4 }) }),
      fc.record({ kind: fc.constant('outside' as const), at: fc.nat(), text: fc.constantFrom('X', 'Y\n', '\nZ') }),
      fc.record({ kind: fc.constantFrom('undo' as const, 'redo' as const, 'compose' as const, 'composed' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const source = new MemoryText('ab\nba')
        const editor = editorOn(source)
        let outside = ''
        for (const step of steps) {
          if (step.kind === 'type') {
            const from = step.at % (editor.text().length + 1)
            editor.select(from, Math.min(editor.text().length, from + step.length))
            editor.type(step.text)
          } else if (step.kind === 'outside') {
            const text = source.get()
            const at = step.at % (text.length + 1)
            source.receive(text.slice(0, at) + step.text + text.slice(at), 'Ben')
            outside += step.text
          } else editor[step.kind]()
        }
        editor.composed()
        expect(source.get()).toBe(editor.text())
        while (editor.undo());
        expect(source.get()).toBe(editor.text())
        const signs = (text: string, wanted: string) => [...text].filter((sign) => wanted.includes(sign)).sort().join('')
        expect(signs(editor.text(), 'XYZ')).toBe(signs(outside, 'XYZ'))
      }),
      { numRuns: 300 },
    )
  })
})
