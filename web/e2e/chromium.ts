import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** The installed browser: CHROMIUM, else the first of the usual names on PATH. */
export function chromium(): string {
  const given = process.env['CHROMIUM']
  if (given) return given
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync)
  if (found === undefined) throw new Error(`no ${names.join(', ')} on PATH: install one, or name it in CHROMIUM`)
  return found
}
