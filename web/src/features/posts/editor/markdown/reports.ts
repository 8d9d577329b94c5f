import type { Extension } from '@codemirror/state'
import { type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import type { EditorEvents } from './surface'

/** The least time between two reports of the caret's line, in milliseconds. */
const reportInterval = 1_000

/** Calls back with the latest value, at most once an interval, and only when it differs from the last one reported. */
export class Throttle<T> {
  readonly #report: (value: T) => void
  #reported: T | undefined
  #next: { value: T } | null = null
  #timer: number | null = null

  constructor(report: (value: T) => void) {
    this.#report = report
  }

  offer(value: T): void {
    this.#next = { value }
    if (this.#timer === null) this.#flush()
  }

  stop(): void {
    if (this.#timer !== null) window.clearTimeout(this.#timer)
    this.#timer = null
  }

  #flush(): void {
    this.#timer = null
    const next = this.#next
    this.#next = null
    if (!next || next.value === this.#reported) return
    this.#reported = next.value
    this.#timer = window.setTimeout(() => this.#flush(), reportInterval)
    this.#report(next.value)
  }
}

const firstVisibleLine = (view: EditorView): number => {
  const top = view.scrollDOM.scrollTop
  const block = view.lineBlockAtHeight(top)
  return view.state.doc.lineAt(block.from).number + (block.height > 0 ? (top - block.top) / block.height : 0)
}

/** Reports focus, the caret's line and the first visible line. */
export function reports({ onLine, onFocus, onBlur, onScrollLine }: EditorEvents): Extension {
  const plugin = ViewPlugin.define((view) => {
    const line = new Throttle(onLine)
    let frame = 0
    const scrolled = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => onScrollLine(firstVisibleLine(view)))
    }
    view.scrollDOM.addEventListener('scroll', scrolled, { passive: true })
    return {
      update: (update: ViewUpdate) => {
        if (update.focusChanged) (update.view.hasFocus ? onFocus : onBlur)()
        if (!update.focusChanged && !update.selectionSet && !update.docChanged) return
        line.offer(update.view.hasFocus ? update.state.doc.lineAt(update.state.selection.main.head).number : null)
      },
      destroy: () => {
        line.stop()
        cancelAnimationFrame(frame)
        view.scrollDOM.removeEventListener('scroll', scrolled)
      },
    }
  })
  return plugin
}
