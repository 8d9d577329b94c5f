import { join } from 'node:path'
import type { Plugin } from 'vite'

/**
 * Gives @codemirror/language-data the editor's own Markdown for code blocks of that language. Its import of all of
 * lang-markdown would otherwise bring the grammars of HTML, CSS and JavaScript (66 KB gzip) into the editor's chunk.
 */
export function nestedMarkdown(): Plugin {
  const own = join(import.meta.dirname, 'src/features/posts/editor/markdown/nestedMarkdown.ts')
  return {
    name: 'nested-markdown',
    enforce: 'pre',
    apply: 'build',
    resolveId: (source, importer) =>
      source === '@codemirror/lang-markdown' && importer?.includes('@codemirror/language-data') ? own : null,
  }
}
