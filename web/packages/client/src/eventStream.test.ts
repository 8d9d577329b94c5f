import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventStreamParser } from './eventStream.ts'

const parse = (...pieces: string[]): string[] => {
  const parser = new EventStreamParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

it.each([
  ['an event', 'event: pong\ndata: {"type":"pong"}\n\n', ['{"type":"pong"}']],
  ['an id, a comment and an unknown field', ':\n\nid: 7\nretry: 5\ndata: a\n\n', ['a']],
  ['lines ended by CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['lines ended by CR LF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['several lines of data', 'data: a\ndata:b\ndata\n\n', ['a\nb\n']],
  ['one space after the colon only', 'data:  a\n\n', [' a']],
  ['a field whose name only begins with data', 'data2: a\ndatabase\n\n', []],
  ['an event without data', 'event: x\n\ndata: a\n\n', ['a']],
  ['an event that does not end', 'data: a\n\ndata: b\n', ['a']],
])('parses %s', (_, text, events) => {
  expect(parse(text)).toEqual(events)
})

it('gives the same events for any pieces of the text', () => {
  const line = fc.constantFrom('data: a', 'data', 'data: {"b":1}', ':', 'id: 1', '')
  const text = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 30 }).map((lines) => lines.flat().join(''))
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 12 }), (whole, cuts) => {
      const places = [0, ...cuts.filter((at) => at < whole.length).sort((a, b) => a - b), whole.length]
      const pieces = places.slice(1).map((end, n) => whole.slice(places[n], end))
      expect(parse(...pieces)).toEqual(parse(whole))
    }),
  )
})

it.each([
  ['line', ['data: ', 'x'.repeat(1 << 20)]],
  ['comment', [':', 'x'.repeat(1 << 20)]],
  ['event of many lines', Array.from({ length: 40 }, () => `data: ${'x'.repeat(1 << 15)}\n`)],
])('refuses a %s that is too long', (_, pieces) => {
  expect(() => parse(...pieces)).toThrow(RangeError)
})

it('keeps nothing of the events before', () => {
  const parser = new EventStreamParser()
  const event = `data: ${'x'.repeat(1 << 16)}\n\n`
  for (let n = 0; n < 100; n += 1) expect(parser.push(event)).toHaveLength(1)
})
