import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { hasUnsavedText, isOtherBuild } from './staleBuild'

beforeEach(() => {
  document.head.innerHTML = '<script type="module" src="/assets/index-abc.js"></script>'
})
afterEach(() => vi.unstubAllGlobals())

const serves = (html: string) => vi.stubGlobal('fetch', async () => new Response(html))

it('recognizes another build by the name of its first script', async () => {
  serves('<script type="module" src="/assets/index-abc.js"></script>')
  expect(await isOtherBuild()).toBe(false)
  serves('<script type="module" src="/assets/index-def.js"></script>')
  expect(await isOtherBuild()).toBe(true)
})

it('is not another build while the server is unreachable', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
  expect(await isOtherBuild()).toBe(false)
})

it('finds unsaved text by the beforeunload event', () => {
  expect(hasUnsavedText()).toBe(false)
  const ask = (event: Event) => event.preventDefault()
  window.addEventListener('beforeunload', ask)
  expect(hasUnsavedText()).toBe(true)
  window.removeEventListener('beforeunload', ask)
})
