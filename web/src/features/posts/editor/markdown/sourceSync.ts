import { Annotation, ChangeSet, type EditorState, Transaction, type TransactionSpec } from '@codemirror/state'
import { diffTexts } from '../../data/textEdits'
import { slideInsertion } from './edits'
import { type LineBreaks, lineBreaksOf } from './lineBreaks'
import type { TextSource } from '../../data/textSource'

/** Marks a transaction that applies a change of the source; its value is the author's name, or null when unknown. */
export const externalChange = Annotation.define<{ by: string | null }>()

/** The editor as SourceSync needs it. */
type SyncedEditor = {
  state: () => EditorState
  dispatch: (spec: TransactionSpec) => void
  /** Whether an input method is composing: the document must not be changed by others then. */
  isComposing: () => boolean
}

/**
 * Keeps an editor's document and a TextSource equal. Each own change is stored at once. A change of the source is applied
 * as the smallest edits in one transaction that the undo history maps through and does not hold.
 *
 * While an input method is composing, an outside change waits, and so do own changes typed meanwhile: stored at once,
 * they would remove the outside change from the source. `flush` then applies the one over the other. Each outside change
 * is compared with the text before it: the difference of several at once can contain text that only looks changed, and
 * that would come back where it was deleted meanwhile.
 */
export class SourceSync {
  readonly #source: TextSource
  readonly #editor: SyncedEditor
  /** The source's text as it was read last: the document is equal to it, but for `#waiting` and `#unsent`. */
  #synced: string
  #breaks: LineBreaks
  /** Outside changes of the document that are not applied yet; null when there are none. */
  #waiting: ChangeSet | null = null
  /** Own changes of the same document while an outside change waits; null when none waits. */
  #unsent: ChangeSet | null = null

  constructor(source: TextSource, editor: SyncedEditor) {
    this.#source = source
    this.#editor = editor
    this.#synced = source.get()
    this.#breaks = lineBreaksOf(this.#synced)
  }

  /** The text that the document starts with. */
  get text(): string {
    return this.#breaks.toEditor(this.#synced)
  }

  start(): () => void {
    this.flush()
    return this.#source.watch(this.flush)
  }

  /** To be called after each transaction that changed the document. */
  changed(transaction: Transaction): void {
    if (transaction.annotation(externalChange)) return
    if (this.#unsent) this.#unsent = this.#unsent.compose(transaction.changes)
    else this.#store()
  }

  /** Applies what changed outside, unless an input method is composing. */
  flush = (): void => {
    this.#collect()
    const waiting = this.#waiting
    if (waiting === null) return
    if (this.#editor.isComposing()) {
      this.#unsent ??= ChangeSet.empty(this.#editor.state().doc.length)
      return
    }
    const unsent = this.#unsent
    this.#waiting = null
    this.#unsent = null
    this.#editor.dispatch({
      changes: unsent ? waiting.map(unsent) : waiting,
      annotations: [externalChange.of({ by: this.#source.changedBy() }), Transaction.addToHistory.of(false)],
    })
    if (unsent && !unsent.empty) this.#store()
  }

  /** Adds what changed in the source to what waits. */
  #collect(): void {
    const text = this.#source.get()
    if (text === this.#synced) return
    const before = this.#breaks.toEditor(this.#synced)
    this.#synced = text
    this.#breaks = lineBreaksOf(text)
    const after = this.#breaks.toEditor(text)
    if (before === after) return
    const edits = diffTexts(before, after).map((edit) => slideInsertion(edit, before))
    const changes = ChangeSet.of(edits, before.length)
    this.#waiting = this.#waiting?.compose(changes) ?? changes
  }

  #store(): void {
    const text = this.#breaks.toSource(this.#editor.state().doc.toString())
    this.#synced = text
    this.#source.set(text)
  }
}
