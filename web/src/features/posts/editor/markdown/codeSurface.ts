import { openSearchPanel, search } from '@codemirror/search'
import { Compartment, EditorState, type Extension, type StateCommand, type TransactionSpec } from '@codemirror/state'
import { drawSelection, dropCursor, EditorView } from '@codemirror/view'
import { codeLines } from './codeLines'
import { externalChanges } from './externalChanges'
import { focusMode } from './focusMode'
import { highlighting } from './highlighting'
import { editorKeys } from './keys'
import { lineDirection } from './lineDirection'
import { pasting } from './pasting'
import { presenceGutter, setPeople } from './presenceGutter'
import { reports } from './reports'
import { openState, type SavedState, sharedExtensions } from './sharedExtensions'
import { SourceSync } from './sourceSync'
import type { EditorEvents, Person, Surface, SurfaceSettings } from './surface'
import type { TextSource } from '../../data/textSource'

const viewExtensions = (events: EditorEvents): Extension => [
  sharedExtensions,
  drawSelection(),
  dropCursor(),
  EditorView.lineWrapping,
  lineDirection,
  codeLines,
  highlighting,
  search({ top: true }),
  externalChanges,
  presenceGutter,
  pasting(events),
  reports(events),
  editorKeys(events),
]

const writing = { spellcheck: 'true', autocorrect: 'on', autocapitalize: 'sentences', writingsuggestions: 'true', tabindex: '0' }

const present = (attributes: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''))

const settingsExtension = ({ readOnly, focusMode: isFocused, attributes }: SurfaceSettings): Extension => [
  EditorState.readOnly.of(readOnly),
  EditorView.contentAttributes.of({ ...writing, ...present(attributes), ...(readOnly && { 'aria-readonly': 'true' }) }),
  isFocused ? focusMode : [],
]

/** The Markdown editor: a CodeMirror view on a TextSource. It does not use React. */
export class CodeSurface implements Surface {
  readonly view: EditorView
  readonly #settings = new Compartment()
  readonly #stop: () => void
  #people: readonly Person[] = []
  #attributes = ''

  constructor(parent: HTMLElement, source: TextSource, events: EditorEvents, nonce: string, saved: SavedState | null) {
    const sync = new SourceSync(source, {
      state: () => this.view.state,
      dispatch: (spec) => this.#dispatchInPlace(spec),
      isComposing: () => this.view.compositionStarted,
    })
    const follow = EditorView.updateListener.of(({ docChanged, transactions }) => {
      if (docChanged) for (const transaction of transactions) if (transaction.docChanged) sync.changed(transaction)
    })
    // CodeMirror reads the composed text after this event.
    const compositionEnd = EditorView.domEventObservers({ compositionend: () => void setTimeout(sync.flush, 0) })
    const extensions = [viewExtensions(events), this.#settings.of([]), follow, compositionEnd, EditorView.cspNonce.of(nonce)]
    const state = openState(sync.text, extensions, saved)
    // Scrolls the page too, so only after a change of the mode and not when a post is opened.
    const scrollTo = saved === null ? undefined : EditorView.scrollIntoView(state.selection.main, { y: 'center' })
    this.view = new EditorView({ parent, state, ...(scrollTo && { scrollTo }) })
    this.#stop = sync.start()
  }

  state = (): EditorState => this.view.state

  run = (command: StateCommand): void => {
    command(this.view)
    this.view.focus()
  }

  focus = (): void => this.view.focus()

  find = (): void => void openSearchPanel(this.view)

  goToLine = (line: number): void => {
    const { doc } = this.view.state
    const { from } = doc.line(Math.min(Math.max(1, line), doc.lines))
    this.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
    this.view.focus()
  }

  /** Scrolls the text, and nothing else, so that a line is at the top; the fraction is the part of it above the top. */
  scrollToLine = (line: number): void => {
    const { doc } = this.view.state
    const number = Math.min(Math.max(1, Math.floor(line)), doc.lines)
    const block = this.view.lineBlockAt(doc.line(number).from)
    this.view.scrollDOM.scrollTop = block.top + (line - number) * block.height
  }

  configure = (settings: SurfaceSettings): void => {
    const { people, ...rest } = settings
    const effects = []
    const attributes = JSON.stringify(rest)
    if (attributes !== this.#attributes) effects.push(this.#settings.reconfigure(settingsExtension(settings)))
    if (people !== this.#people) effects.push(setPeople.of(people))
    this.#people = people
    this.#attributes = attributes
    if (effects.length > 0) this.view.dispatch({ effects })
  }

  /** Dispatches a change and keeps the first visible line in place. */
  #dispatchInPlace(spec: TransactionSpec): void {
    // Reading a position first completes the pending measurements of earlier changes.
    this.view.coordsAtPos(this.view.viewport.from)
    this.view.dispatch(spec, { effects: this.view.scrollSnapshot() })
  }

  destroy = (): void => {
    this.#stop()
    this.view.destroy()
  }
}
