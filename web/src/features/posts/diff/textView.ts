/** The extensions that the comparison and the result of a merge share. */
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, WidgetType } from '@codemirror/view'
import { styleNonce } from '../../../ui/styleNonce'

const theme = EditorView.theme({
  '&': { fontSize: 'var(--mantine-font-size-sm)', backgroundColor: 'var(--app-surface)', color: 'inherit' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.55' },
  '.cm-content': { overflowWrap: 'anywhere', minWidth: '0' },
  '.cm-line, div.cm-deletedLine': { padding: '0 0.75rem', unicodeBidi: 'plaintext', textAlign: 'start' },
  '.cm-lineLabel': {
    padding: '0.15rem 0.75rem',
    fontFamily: 'var(--mantine-font-family)',
    fontSize: 'var(--mantine-font-size-xs)',
  },
})

/** Wrapped lines, each in the direction of its first letter, under the given accessible name. */
export const textView = (label: string, attributes: Record<string, string>): Extension => [
  EditorState.lineSeparator.of('\n'),
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', ...attributes }),
  EditorView.cspNonce.of(styleNonce()),
  theme,
]

/** A line of text above a line of the document. `className` adds colors to the shared look. */
export class LineLabel extends WidgetType {
  readonly #text: string
  readonly #className: string

  constructor(text: string, className: string) {
    super()
    this.#text = text
    this.#className = className
  }

  override eq(other: LineLabel): boolean {
    return this.#text === other.#text && this.#className === other.#className
  }

  override toDOM(): HTMLElement {
    const label = document.createElement('div')
    label.className = `cm-lineLabel ${this.#className}`
    label.textContent = this.#text
    return label
  }
}
