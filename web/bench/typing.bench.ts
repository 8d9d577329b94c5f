import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { openEditor } from './page'

const keys = 300

/** The post of POST, or a text like the longest one that is known: 170 KB of prose, lists, links and code. */
function longPost(): string {
  const path = process.env['POST']
  if (path) return readFileSync(path, 'utf8')
  const section = (n: number) =>
    [
      `## Section ${n}`,
      'The harbour was **quiet** in the morning, and [the first ship](https://example.com/ships) came in at `07:40`. '.repeat(6),
      Array.from({ length: 8 }, (_, i) => `- [ ] item ${i} of *section ${n}*, with a longer text behind it`).join('\n'),
      '```rust\nfn main() {\n    println!("{}", 42);\n}\n```',
    ].join('\n\n')
  return Array.from({ length: 130 }, (_, n) => section(n + 1)).join('\n\n')
}

/** Records for each key the time from the event to the frame after it, in milliseconds. */
async function recordKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(window, { times })
    const painted = (run: () => void) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel()
        channel.port1.onmessage = run
        channel.port2.postMessage(null)
      })
    window.addEventListener('keydown', ({ timeStamp }) => painted(() => times.push(performance.now() - timeStamp)), true)
  })
}

async function type(page: Page): Promise<{ times: number[]; commits: number }> {
  await page.evaluate(() => {
    Object.assign(window, { times: [] })
  })
  await recordKeys(page)
  const before = await page.evaluate(() => window.bench.commits)
  const text = 'the quick brown fox jumps over the lazy dog '
  for (let i = 0; i < keys; i++) await page.keyboard.press(text[i % text.length] === ' ' ? 'Space' : (text[i % text.length] ?? 'a'), { delay: 5 })
  await page.waitForFunction((count) => (window as unknown as { times: number[] }).times.length >= count, keys)
  return page.evaluate((start) => ({ times: (window as unknown as { times: number[] }).times, commits: window.bench.commits - start }), before)
}

function summary(times: number[]): { median: number; p95: number; most: number } {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10) / 10
  return { median: at(0.5), p95: at(0.95), most: at(1) }
}

test('key to paint in a long post', async ({ page }, info) => {
  const text = longPost()
  expect(await openEditor(page, text)).toEqual([])
  const textbox = page.getByRole('textbox', { name: 'Content' })
  await textbox.click()
  await page.keyboard.press('Control+f')
  await page.keyboard.press('Escape')
  const places = { start: ['Control+Home', 'End'], middle: ['PageDown', ...Array<string>(30).fill('PageDown'), 'End'], end: ['Control+End'] }
  const lines: string[] = [`${text.length} characters, ${keys} keys each`]
  for (const [place, path] of Object.entries(places)) {
    for (const key of path) await page.keyboard.press(key)
    await type(page)
    const { times, commits } = await type(page)
    const { median, p95, most } = summary(times)
    lines.push(`${place}: median ${median} ms, p95 ${p95} ms, max ${most} ms; ${commits} React commits`)
    expect(commits, 'React commits while typing').toBeLessThanOrEqual(keys / 10)
  }
  process.stdout.write(`${lines.join('\n')}\n`)
  info.annotations.push(...lines.map((description) => ({ type: 'figure', description })))
})
