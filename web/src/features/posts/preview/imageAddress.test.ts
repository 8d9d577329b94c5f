import { expect, test } from 'vitest'
import { imageAddress } from './imageAddress'

const own = window.location.origin // http://localhost:3000

test.each([
  '/a.png',
  'a.png',
  './../a.png?b=//example.org#c',
  '?a',
  '',
  'http:a.png', // relative: the scheme of the page
  `${own}/a.png`,
  `${own.toUpperCase()}/a.png`,
  ` \t${own.replace('http', 'ht\ntp')}/a.png `,
  `//${window.location.host}/a.png`,
  'data:image/png;base64,AAAA',
  'DATA:image/gif;base64,AAAA',
])('an image of the own origin, or in the address itself: %j', (src) => {
  expect(imageAddress(src)).toEqual({ kind: 'own' })
})

test.each([
  ['https://example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['http://example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['http://example.org:80/a.png', 'https://example.org/a.png', 'example.org'],
  ['http://example.org:443/a.png', 'https://example.org/a.png', 'example.org'],
  ['http://example.org:8080/a.png', 'https://example.org:8080/a.png', 'example.org:8080'],
  ['https://example.org:443/a.png', 'https://example.org/a.png', 'example.org'],
  ['HTTPS://EXAMPLE.ORG/A.png', 'https://example.org/A.png', 'example.org'],
  ['hTtP://Example.org', 'https://example.org/', 'example.org'],
  ['//example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['\\\\example.org\\a.png', 'https://example.org/a.png', 'example.org'],
  ['/\\example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['/\t/example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['https:example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['https:/example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['https:///example.org/a.png', 'https://example.org/a.png', 'example.org'],
  [' ht\ntps://example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['\u0000https://example.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['https://localhost:3000@example.org/a.png', 'https://localhost:3000@example.org/a.png', 'example.org'],
  ['https://example.org./a.png', 'https://example.org./a.png', 'example.org.'],
  ['https://пример.рф/a.png', 'https://xn--e1afmkfd.xn--p1ai/a.png', 'xn--e1afmkfd.xn--p1ai'],
  ['https://ｅxample.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['https://ex%61mple.org/a.png', 'https://example.org/a.png', 'example.org'],
  ['https://[::1]:8443/a.png', 'https://[::1]:8443/a.png', '[::1]:8443'],
  ['https://0x7f.1/a.png', 'https://127.0.0.1/a.png', '127.0.0.1'],
  ['http://localhost/a.png', 'https://localhost/a.png', 'localhost'], // another port
  ['http://localhost:3001/a.png', 'https://localhost:3001/a.png', 'localhost:3001'],
  ['https://localhost:3000/a.png', 'https://localhost:3000/a.png', 'localhost:3000'], // another scheme
  ['http://localhost.:3000/a.png', 'https://localhost.:3000/a.png', 'localhost.:3000'],
  ['http://127.0.0.1:3000/a.png', 'https://127.0.0.1:3000/a.png', '127.0.0.1:3000'],
])('an image of another site: %j', (src, url, host) => {
  expect(imageAddress(src)).toEqual({ kind: 'external', url, host })
})

test.each([
  'https://',
  'https://exa mple.org/a.png',
  'https://[::1/a.png',
  'https://example.org:99999/a.png',
  'https://%00/a.png',
  'javascript:alert(1)',
  'ftp://example.org/a.png',
  'file:///a.png',
  `blob:${own}/1`,
  'mailto:a@example.org',
])('no image: %j', (src) => {
  expect(imageAddress(src)).toEqual({ kind: 'invalid' })
})
