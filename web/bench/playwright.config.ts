import { defineConfig } from '@playwright/test'
import base from '../playwright.config'

/** Tests and measurements of the editor on its own page. `npm run test:editor` and `npm run bench:typing` build it first. */
export default defineConfig({
  ...base,
  testDir: import.meta.dirname,
  testMatch: ['*.bench.ts', '*.spec.ts'],
  timeout: 600_000,
  use: { ...base.use, trace: 'off' },
})
