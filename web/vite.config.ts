import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { nestedMarkdown } from './nestedMarkdown.ts'
import { packageSources } from './packageSources.ts'
import { sizeLimit } from './sizeLimit.ts'

export default defineConfig({
  plugins: [react(), nestedMarkdown(), sizeLimit({ page: 'features/posts/list/PostsPage.tsx', maxKB: 230 })],
  resolve: { alias: packageSources },
  envPrefix: ['VITE_', 'NEXT_PUBLIC_'],
  server: { port: 3000, strictPort: true },
  build: {
    target: 'es2022',
    // The first with light-dark(): rewritten for older ones, it would follow the system and not the switch.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./vitest.setup.ts'],
    include: ['{src,packages}/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    testTimeout: 60_000,
  },
})
