/** The maximum length of one event, in characters. The largest frame of the server, a post without content, is far smaller. */
const maxLength = 1 << 20

/**
 * Parses server-sent events as they arrive, in pieces of any size, by the grammar of the HTML standard (section 9.2.6).
 * It returns the data of each event; names, ids and comments are dropped, since a frame has its own type and seq.
 */
export class EventStreamParser {
  /** The line that has not ended yet. */
  #rest = ''
  /** The last line ended with CR: a following LF is part of the same line end. */
  #isAfterCR = false
  #data: string[] = []
  #length = 0

  /** The data of the events that this piece completes. Throws a RangeError at an event over the limit. */
  push(piece: string): string[] {
    if (piece === '') return []
    const text = this.#isAfterCR && piece.startsWith('\n') ? piece.slice(1) : piece
    this.#isAfterCR = piece.endsWith('\r')
    const lines = text.split(/\r\n|\r|\n/)
    lines[0] = this.#rest + (lines[0] ?? '')
    this.#rest = lines.pop() ?? ''
    const events = lines.flatMap((line) => this.#line(line))
    if (this.#rest.length + this.#length > maxLength) throw new RangeError('an event of the stream is too long')
    return events
  }

  #line(line: string): string[] {
    if (line === '') return this.#dispatch()
    const field = /^data(?:: ?(.*))?$/s.exec(line)
    if (field === null) return []
    const value = field[1] ?? ''
    this.#data.push(value)
    this.#length += value.length + 1
    return []
  }

  #dispatch(): string[] {
    const event = this.#data.length === 0 ? [] : [this.#data.join('\n')]
    this.#data = []
    this.#length = 0
    return event
  }
}
