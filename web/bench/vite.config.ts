import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { nestedMarkdown } from '../nestedMarkdown'
import { packageSources } from '../packageSources'

/** The editor's page as a production build, with React's profiler. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), nestedMarkdown()],
  resolve: { alias: { ...packageSources, 'react-dom/client': 'react-dom/profiling' } },
  build: { target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'], assetsInlineLimit: 0, chunkSizeWarningLimit: 700, emptyOutDir: true },
})
