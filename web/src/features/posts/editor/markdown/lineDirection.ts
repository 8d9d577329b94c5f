import { type Extension, RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'

const automatic = Decoration.line({ attributes: { dir: 'auto' } })

function visibleLines(view: EditorView): DecorationSet {
  const marks = new RangeSetBuilder<Decoration>()
  let last = -1
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at)
      if (line.from > last) marks.add(line.from, line.from, automatic)
      last = line.from
      at = line.to + 1
    }
  }
  return marks.finish()
}

/** Each line runs in the direction of its first letter. */
export const lineDirection: Extension = [
  EditorView.perLineTextDirection.of(true),
  ViewPlugin.fromClass(
    class {
      lines: DecorationSet

      constructor(view: EditorView) {
        this.lines = visibleLines(view)
      }

      update(update: ViewUpdate): void {
        if (update.docChanged || update.viewportChanged) this.lines = visibleLines(update.view)
      }
    },
    { decorations: (plugin) => plugin.lines },
  ),
]
