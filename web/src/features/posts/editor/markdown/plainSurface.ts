import { redo, undo } from '@codemirror/commands'
import { EditorSelection, type EditorState, type StateCommand, type Transaction } from '@codemirror/state'
import { middleEdit } from './edits'
import { actionFor, commandFor, isKey } from './plainKeys'
import { isMac } from './actions'
import { Throttle } from './reports'
import { openState, type SavedState, sharedExtensions } from './sharedExtensions'
import { SourceSync } from './sourceSync'
import type { EditorEvents, Surface, SurfaceSettings } from './surface'
import type { TextSource } from '../../data/textSource'

/** The time after Escape in which Tab leaves a list, in milliseconds. */
const leaveFor = 2_000

/**
 * The text in a plain text area. An EditorState without a view holds the same document, so that commands and the undo
 * history are those of the other surface: the browser's own history would bring back wrong text after an outside change.
 */
export class PlainSurface implements Surface {
  readonly #area = document.createElement('textarea')
  readonly #sync: SourceSync
  readonly #events: EditorEvents
  readonly #line: Throttle<number | null>
  readonly #stop: () => void
  readonly #unlisten = new AbortController()
  #state: EditorState
  #isComposing = false
  #escapedAt = 0

  constructor(parent: HTMLElement, source: TextSource, events: EditorEvents, saved: SavedState | null = null) {
    this.#events = events
    this.#line = new Throttle(events.onLine)
    this.#sync = new SourceSync(source, {
      state: () => this.#state,
      dispatch: (spec) => this.#apply(this.state().update(spec)),
      isComposing: () => this.#isComposing,
    })
    this.#state = openState(this.#sync.text, sharedExtensions, saved)
    this.#area.value = this.#sync.text
    this.#area.spellcheck = true
    this.#area.setSelectionRange(this.#state.selection.main.from, this.#state.selection.main.to)
    parent.append(this.#area)
    this.#listen()
    this.#stop = this.#sync.start()
  }

  /** The document with the text area's selection. */
  state = (): EditorState => {
    const { selectionStart: from, selectionEnd: to, selectionDirection } = this.#area
    const selection = selectionDirection === 'backward' ? EditorSelection.range(to, from) : EditorSelection.range(from, to)
    if (!this.#state.selection.main.eq(selection)) this.#state = this.#state.update({ selection: EditorSelection.create([selection]) }).state
    return this.#state
  }

  run = (command: StateCommand): void => {
    this.focus()
    if (!this.#area.readOnly) this.#execute(command)
  }

  focus = (): void => this.#area.focus()

  find = (): void => undefined

  goToLine = (line: number): void => {
    const { doc } = this.#state
    const { from } = doc.line(Math.min(Math.max(1, line), doc.lines))
    this.#area.setSelectionRange(from, from)
    // A text area scrolls to its caret when it gets the focus.
    this.#area.blur()
    this.focus()
  }

  scrollToLine = (line: number): void => {
    const { scrollHeight, clientHeight } = this.#area
    this.#area.scrollTop = ((line - 1) / Math.max(1, this.#state.doc.lines)) * (scrollHeight - clientHeight)
  }

  configure = ({ readOnly, attributes }: SurfaceSettings): void => {
    this.#area.readOnly = readOnly
    for (const [name, value] of Object.entries(attributes)) {
      if (value === '') this.#area.removeAttribute(name)
      else this.#area.setAttribute(name, value)
    }
  }

  destroy = (): void => {
    this.#stop()
    this.#line.stop()
    this.#unlisten.abort()
    this.#area.remove()
  }

  #listen(): void {
    const { signal } = this.#unlisten
    const area = this.#area
    area.addEventListener('input', this.#typed, { signal })
    area.addEventListener('beforeinput', this.#beforeInput, { signal })
    area.addEventListener('keydown', this.#pressed, { signal })
    area.addEventListener('compositionstart', () => (this.#isComposing = true), { signal })
    area.addEventListener('compositionend', () => this.#composed(), { signal })
    area.addEventListener('focus', () => this.#events.onFocus(), { signal })
    area.addEventListener('blur', () => (this.#events.onBlur(), this.#line.offer(null)), { signal })
    area.addEventListener('scroll', () => this.#events.onScrollLine(this.#firstVisibleLine()), { signal, passive: true })
    document.addEventListener('selectionchange', this.#moved, { signal })
  }

  #moved = (): void => {
    if (document.activeElement === this.#area) this.#line.offer(this.#state.doc.lineAt(Math.min(this.#area.selectionEnd, this.#state.doc.length)).number)
  }

  #composed(): void {
    this.#isComposing = false
    this.#sync.flush()
  }

  /** Applies the browser's change of the text area to the document. */
  #typed = (event: Event): void => {
    const before = this.#state.doc.toString()
    const edit = middleEdit(before, this.#area.value)
    if (edit.from === edit.to && edit.insert === '') return
    const type = event instanceof InputEvent ? event.inputType : ''
    const userEvent = type.startsWith('delete') ? 'delete' : type === 'insertFromPaste' ? 'input.paste' : 'input.type'
    const { selectionStart: anchor, selectionEnd: head } = this.#area
    const transaction = this.#state.update({ changes: edit, selection: { anchor, head }, userEvent })
    this.#state = transaction.state
    this.#sync.changed(transaction)
  }

  #beforeInput = (event: InputEvent): void => {
    const command = event.inputType === 'historyUndo' ? undo : event.inputType === 'historyRedo' ? redo : null
    if (!command) return
    event.preventDefault()
    this.#execute(command)
  }

  #pressed = (event: KeyboardEvent): void => {
    if (event.isComposing) return
    if (event.key === 'Escape') this.#escapedAt = Date.now()
    if (isKey(event, 'Mod-s', isMac())) {
      event.preventDefault()
      // The page has the same shortcut, for its other fields.
      event.stopPropagation()
      this.#events.onSave()
      return
    }
    const action = actionFor(event)
    const isLeaving = event.key === 'Tab' && Date.now() - this.#escapedAt < leaveFor
    const command = this.#area.readOnly || isLeaving ? null : commandFor(event)
    if (action) this.#events.onAction(action)
    if (action || (command && this.#execute(command))) event.preventDefault()
  }

  #execute(command: StateCommand): boolean {
    return command({ state: this.state(), dispatch: this.#apply })
  }

  #apply = (transaction: Transaction): void => {
    this.#state = transaction.state
    if (transaction.docChanged) this.#write(transaction)
    const { anchor, head } = this.#state.selection.main
    this.#area.setSelectionRange(Math.min(anchor, head), Math.max(anchor, head), head < anchor ? 'backward' : 'forward')
    if (transaction.docChanged) this.#sync.changed(transaction)
  }

  #write({ changes }: Transaction): void {
    const { scrollTop } = this.#area
    changes.iterChanges((_from, _to, from, _end, inserted) => {
      const removed = _to - _from
      this.#area.setRangeText(inserted.toString(), from, from + removed, 'preserve')
    })
    this.#area.scrollTop = scrollTop
  }

  #firstVisibleLine(): number {
    const { scrollTop, scrollHeight } = this.#area
    return 1 + (scrollTop / Math.max(1, scrollHeight)) * this.#state.doc.lines
  }
}
