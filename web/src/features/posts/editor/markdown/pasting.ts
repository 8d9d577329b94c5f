import { isolateHistory } from '@codemirror/commands'
import { ChangeSet, type EditorState, type Extension, type TransactionSpec } from '@codemirror/state'
import { EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import { asAddress, type Pasted, readClipboard, richDocument } from './clipboard'
import { enclosing } from './commands/inline'
import { destination } from './commands/insert'
import type { EditorEvents } from './surface'

const noUpload = 'Image files can’t be uploaded. Use “Image from URL” in the toolbar instead.'

/** The converter is loaded when it is first needed. */
const loadConverter = () => import('./richText')

/** One undo step: a paste is never joined with typing before or after it. */
export function pasteSpec(state: EditorState, text: string): TransactionSpec {
  return {
    ...state.replaceSelection(state.toText(text)),
    annotations: isolateHistory.of('full'),
    scrollIntoView: true,
    userEvent: 'input.paste',
  }
}

/** Makes the selected text a link to the pasted address; null where the paste replaces the selection. */
export function linkSpec(state: EditorState, text: string): TransactionSpec | null {
  const address = asAddress(text)
  const { main } = state.selection
  const selected = state.sliceDoc(main.from, main.to)
  if (address === null || main.empty || selected.includes('\n') || asAddress(selected) !== null || isLiteral(state)) return null
  if (enclosing(state, main, 'Link', 'Image')) return null
  return {
    changes: [{ from: main.from, insert: '[' }, { from: main.to, insert: `](${destination(address)})` }],
    selection: { anchor: main.to + `[](${destination(address)})`.length },
    annotations: isolateHistory.of('full'),
    scrollIntoView: true,
    userEvent: 'input.paste',
  }
}

/** Whether the caret is in code or in a link's address, where Markdown has no meaning. */
const isLiteral = (state: EditorState) =>
  enclosing(state, state.selection.main, 'FencedCode', 'CodeBlock', 'InlineCode', 'URL', 'HTMLTag', 'HTMLBlock') !== null

const droppedNote = (images: number) =>
  `${images === 1 ? 'One pasted image was' : `${images} pasted images were`} left out. ${noUpload}`

/** Pastes that wait for the converter, each with the changes since. */
class Pasting {
  readonly #view: EditorView
  readonly #waiting = new Set<{ since: ChangeSet }>()
  #isDestroyed = false

  constructor(view: EditorView) {
    this.#view = view
  }

  update({ docChanged, changes }: ViewUpdate): void {
    if (docChanged) for (const paste of this.#waiting) paste.since = paste.since.compose(changes)
  }

  destroy(): void {
    this.#isDestroyed = true
  }

  async pasteRich(document: Document, text: string, onMessage: (message: string) => void): Promise<void> {
    const { selection } = this.#view.state
    const paste = { since: ChangeSet.empty(this.#view.state.doc.length) }
    this.#waiting.add(paste)
    const converted = await loadConverter().then(
      ({ toMarkdown }) => toMarkdown(document),
      () => ({ markdown: text, droppedImages: 0 }),
    )
    this.#waiting.delete(paste)
    if (this.#isDestroyed) return
    const isSame = paste.since.empty
    const { from, to } = selection.map(paste.since, -1).main
    const { markdown, droppedImages } = converted
    const { state } = this.#view
    if (isSame) this.#view.dispatch(pasteSpec(state, markdown))
    else this.#view.dispatch({ changes: { from, to, insert: state.toText(markdown) }, annotations: isolateHistory.of('full'), userEvent: 'input.paste' })
    if (droppedImages > 0) onMessage(droppedNote(droppedImages))
  }
}

const plugin = ViewPlugin.fromClass(Pasting)

function paste(view: EditorView, pasted: Pasted, isPlain: boolean, onMessage: EditorEvents['onMessage']): boolean {
  const { state } = view
  if (state.readOnly) return false
  if (pasted.hasFiles && pasted.text === '' && !richDocument(pasted)) {
    onMessage(noUpload)
    return true
  }
  const link = linkSpec(state, pasted.text)
  if (link) {
    view.dispatch(link)
    return true
  }
  const document = isPlain || isLiteral(state) ? null : richDocument(pasted)
  if (document) void view.plugin(plugin)?.pasteRich(document, pasted.text, onMessage)
  else if (pasted.text !== '') view.dispatch(pasteSpec(state, pasted.text))
  return true
}

/** A file dropped anywhere on the page would replace the page. */
function ignoreDroppedFiles(onMessage: EditorEvents['onMessage']): Extension {
  return ViewPlugin.define(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault()
    }
    const drop = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files') || event.defaultPrevented) return
      event.preventDefault()
      onMessage(noUpload)
    }
    window.addEventListener('dragover', over)
    window.addEventListener('drop', drop)
    return {
      destroy: () => {
        window.removeEventListener('dragover', over)
        window.removeEventListener('drop', drop)
      },
    }
  })
}

/** Paste and drop: rich text becomes Markdown, an address over a selection a link; Mod-Shift-V pastes plain text. */
export function pasting({ onMessage }: EditorEvents): Extension {
  let isPlain = false
  return [
    plugin,
    ignoreDroppedFiles(onMessage),
    EditorView.domEventHandlers({
      keydown: (event) => {
        isPlain = event.shiftKey && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'v'
        return false
      },
      paste: (event, view) => {
        if (!event.clipboardData) return false
        const isHandled = paste(view, readClipboard(event.clipboardData), isPlain, onMessage)
        isPlain = false
        if (isHandled) event.preventDefault()
        return isHandled
      },
      drop: (event) => {
        if (!event.dataTransfer?.types.includes('Files')) return false
        event.preventDefault()
        onMessage(noUpload)
        return true
      },
    }),
  ]
}
