import { beforeEach, expect, test } from 'vitest'
import { allowImage, allowImageHost, clearImageHosts, imageHosts, isImageAllowed, removeImageHost } from './externalImages'

const ana = 3
const mia = 1
const key = `wiredesk.imageHosts.${ana}`
const image = (name: string, host = 'example.org') => ({ url: `https://${host}/${name}.png`, host })

/** As after a reload: nothing is in memory. */
const reload = () => imageHosts(null)

beforeEach(() => {
  localStorage.clear()
  reload()
})

test('an allowed image is allowed until a reload, and no other one', () => {
  allowImage(ana, image('a'))
  expect(isImageAllowed(ana, image('a'))).toBe(true)
  expect(isImageAllowed(ana, image('b'))).toBe(false)
  reload()
  expect(isImageAllowed(ana, image('a'))).toBe(false)
})

test('an allowed host is allowed after a reload, for its user and with its port only', () => {
  allowImageHost(ana, 'example.org')
  reload()
  expect(isImageAllowed(ana, image('a'))).toBe(true)
  expect(isImageAllowed(ana, image('a', 'example.org:8443'))).toBe(false)
  expect(isImageAllowed(ana, image('a', 'example.org.'))).toBe(false)
  expect(isImageAllowed(ana, image('a', 'cdn.example.org'))).toBe(false)
  expect(isImageAllowed(mia, image('a'))).toBe(false)
})

test('a removed host needs a click again, for clicked images too', () => {
  allowImage(ana, image('a'))
  allowImageHost(ana, 'example.org')
  allowImageHost(ana, 'example.net')
  removeImageHost(ana, 'example.org')
  expect(isImageAllowed(ana, image('a'))).toBe(false)
  expect(imageHosts(ana)).toEqual(['example.net'])
  clearImageHosts(ana)
  expect(imageHosts(ana)).toEqual([])
  expect(localStorage.getItem(key)).toBeNull()
})

test('the lists are bounded', () => {
  for (let i = 0; i < 120; i++) allowImageHost(ana, `${i}.example.org`)
  expect(imageHosts(ana)).toHaveLength(100)
  expect(imageHosts(ana)[0]).toBe('20.example.org')
  for (let i = 0; i < 1_001; i++) allowImage(ana, image(String(i)))
  expect(isImageAllowed(ana, image('0'))).toBe(false)
  expect(isImageAllowed(ana, image('1'))).toBe(true)
})

test.each(['', '{', 'null', '{"0":"example.org"}', '[1, null, ["example.org"]]', JSON.stringify(['a'.repeat(400)])])(
  'what is stored and not valid allows nothing: %s',
  (stored) => {
    localStorage.setItem(key, stored)
    expect(imageHosts(ana)).toEqual([])
  },
)

test('a full or forbidden store does not prevent the choice', () => {
  const setItem = Storage.prototype.setItem
  Storage.prototype.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError')
  }
  try {
    allowImageHost(ana, 'example.org')
  } finally {
    Storage.prototype.setItem = setItem
  }
  expect(isImageAllowed(ana, image('a'))).toBe(true)
})
