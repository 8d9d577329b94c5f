import { Annotation, ChangeSet, type EditorState, Transaction, type TransactionSpec } from '@codemirror/state'
import { diffTexts } from '../../data/merge'
import { slideInsertion } from './edits'
import { type LineBreaks, lineBreaksOf } from './lineBreaks'
import type { TextSource } from '../../data/textSource'

/** Marks a transaction that applies a change of the source; its value is the author's name, or null when unknown. */
export const outsideChange = Annotation.define<{ by: string | null }>()

/** The editor as SourceSync needs it. */
export type SyncedEditor = {
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
 * they would remove the outside change from the source. `flush` then applies the one over the other.
 */
export class SourceSync {
  readonly #source: TextSource
  readonly #editor: SyncedEditor
  /** The source's text that the document agrees with, but for `#unsent`. */
  #synced: string
  #breaks: LineBreaks
  /** Own changes since `#synced` while an outside change waits; null when none waits. */
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
    if (transaction.annotation(outsideChange)) return
    if (this.#unsent) this.#unsent = this.#unsent.compose(transaction.changes)
    else this.#store()
  }

  /** Applies what changed outside, unless an input method is composing. */
  flush = (): void => {
    const text = this.#source.get()
    if (text === this.#synced && !this.#unsent) return
    if (this.#editor.isComposing()) {
      this.#unsent ??= ChangeSet.empty(this.#editor.state().doc.length)
      return
    }
    const unsent = this.#unsent
    this.#unsent = null
    this.#apply(text, unsent)
    if (unsent && !unsent.empty) this.#store()
  }

  #apply(text: string, unsent: ChangeSet | null): void {
    const before = this.#breaks.toEditor(this.#synced)
    this.#synced = text
    this.#breaks = lineBreaksOf(text)
    const after = this.#breaks.toEditor(text)
    if (before === after) return
    const edits = diffTexts(before, after).map((edit) => slideInsertion(edit, before))
    const changes = ChangeSet.of(edits, before.length)
    this.#editor.dispatch({
      changes: unsent ? changes.map(unsent) : changes,
      annotations: [outsideChange.of({ by: this.#source.changedBy() }), Transaction.addToHistory.of(false)],
    })
  }

  #store(): void {
    const text = this.#breaks.toSource(this.#editor.state().doc.toString())
    this.#synced = text
    this.#source.set(text)
  }
}
