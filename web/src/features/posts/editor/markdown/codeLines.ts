import { syntaxTree } from '@codemirror/language'
import { type Extension, RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'

const code = Decoration.line({ class: 'cm-codeLine' })
const table = Decoration.line({ class: 'cm-tableLine' })
const kinds: Record<string, Decoration> = { FencedCode: code, CodeBlock: code, Table: table }

function visibleBlocks(view: EditorView): DecorationSet {
  const marks = new RangeSetBuilder<Decoration>()
  const { doc } = view.state
  let last = -1
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: (node) => {
        const kind = kinds[node.name]
        if (!kind) return
        const end = Math.min(node.to, to)
        for (let line = doc.lineAt(Math.max(node.from, from)); ; line = doc.line(line.number + 1)) {
          if (line.from > last) marks.add(line.from, line.from, kind)
          last = Math.max(last, line.from)
          if (line.to >= end) break
        }
        return false
      },
    })
  }
  return marks.finish()
}

/** Gives the lines of code blocks and tables a monospaced font. */
export const codeLines: Extension = ViewPlugin.fromClass(
  class {
    lines: DecorationSet

    constructor(view: EditorView) {
      this.lines = visibleBlocks(view)
    }

    update(update: ViewUpdate): void {
      const isParsed = syntaxTree(update.startState) !== syntaxTree(update.state)
      if (update.docChanged || update.viewportChanged || isParsed) this.lines = visibleBlocks(update.view)
    }
  },
  { decorations: (plugin) => plugin.lines },
)
