import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

type Limit = {
  /** The module whose page is measured, as the end of its path. */
  page: string
  /** In KB (1 000 bytes) of gzip. */
  maxKB: number
}

/** Fails the build when the JavaScript that a first visit of the page loads, compressed, is over the limit. */
export function sizeLimit({ page, maxKB }: Limit): Plugin {
  return {
    name: 'size-limit',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
      const start = chunks.filter((chunk) => chunk.isEntry || chunk.facadeModuleId?.endsWith(page))
      if (start.length < 2) this.error(`size limit: no chunk of ${page}`)
      const loaded = new Set(start)
      for (const chunk of loaded) {
        for (const name of chunk.imports) {
          const imported = byName.get(name)
          if (imported) loaded.add(imported)
        }
      }
      const bytes = [...loaded].reduce((sum, { code }) => sum + gzipSync(code).length, 0)
      const kb = (bytes / 1000).toFixed(1)
      this.info(`${page}: ${kb} KB of JavaScript at the first visit, at most ${maxKB} KB`)
      if (bytes > maxKB * 1000) {
        this.error(`${page} loads ${kb} KB of JavaScript, over the limit of ${maxKB} KB. Load large parts on demand.`)
      }
    },
  }
}
