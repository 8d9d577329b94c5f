import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Bench } from './main'

declare global {
  interface Window {
    bench: Bench
  }
}

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const dist = join(import.meta.dirname, 'dist')
/** The policy that the server sends with the dashboard. */
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-benchnonce'; img-src 'self' data: https: http:; object-src 'none'; base-uri 'none'"

/** Opens the editor's page with a text, from bench/dist and without a server. Answers with what the console reported. */
export async function openEditor(page: Page, text: string): Promise<string[]> {
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  await page.route('http://editor.test/**', async (route) => {
    const { pathname } = new URL(route.request().url())
    const path = join(dist, pathname === '/' ? 'index.html' : pathname)
    const body = await readFile(path).catch(() => null)
    if (body === null) return route.fulfill({ status: 404 })
    const headers = { 'content-type': types[extname(path)] ?? 'text/plain', 'content-security-policy': policy }
    return route.fulfill({ body, headers })
  })
  await page.goto('http://editor.test/')
  await page.evaluate((value) => window.bench.source.receive(value, null), text)
  await page.getByRole('textbox', { name: 'Content' }).waitFor()
  return problems
}
