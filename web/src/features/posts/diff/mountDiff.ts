import { Change, MergeView, unifiedMergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { movedBlocks, readOnlyText } from './diffExtensions'
import { diffText } from './textDiff'

export type Comparison = {
  before: string
  after: string
  beforeLabel: string
  afterLabel: string
  layout: 'split' | 'unified'
  /** Whether long unchanged regions are replaced by their number of lines. */
  isCollapsed: boolean
}

/** Shows the comparison in the element; the result removes it. */
export function mountDiff(parent: HTMLElement, comparison: Comparison): () => void {
  const { before, after, beforeLabel, afterLabel, layout, isCollapsed } = comparison
  const { changes, moves } = diffText(before, after)
  const shared = {
    diffConfig: { override: () => changes.map(({ fromA, toA, fromB, toB }) => new Change(fromA, toA, fromB, toB)) },
    gutter: false,
    ...(isCollapsed && { collapseUnchanged: { margin: 2, minSize: 3 } }),
  }
  if (layout === 'split') {
    const view = new MergeView({
      ...shared,
      parent,
      a: { doc: before, extensions: [readOnlyText(beforeLabel), movedBlocks(moves, 'a')] },
      b: { doc: after, extensions: [readOnlyText(afterLabel), movedBlocks(moves, 'b')] },
    })
    return () => view.destroy()
  }
  const unified = unifiedMergeView({ ...shared, original: before, mergeControls: false })
  const extensions = [readOnlyText(`Changes from ${beforeLabel} to ${afterLabel}`), movedBlocks(moves, 'b'), unified]
  const view = new EditorView({ parent, state: EditorState.create({ doc: after, extensions }) })
  return () => view.destroy()
}
