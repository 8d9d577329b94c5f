import { defineConfig } from '@playwright/test'
import base from '../playwright.config'

/** Measurements of the editor on its own page; `npm run bench:typing` builds the page before. */
export default defineConfig({ ...base, testDir: import.meta.dirname, testMatch: '*.bench.ts' })
