/** How a text ends its lines. Editors work on '\n'; a text with '\r\n' throughout keeps it. */
export type LineBreaks = { toEditor: (text: string) => string; toSource: (text: string) => string }

const unchanged: LineBreaks = { toEditor: (text) => text, toSource: (text) => text }
const normalize = (text: string) => text.replace(/\r\n?/g, '\n')
const windows: LineBreaks = { toEditor: normalize, toSource: (text) => text.replaceAll('\n', '\r\n') }
/** Lines that end in different ways end in '\n' once the text is changed. */
const mixed: LineBreaks = { toEditor: normalize, toSource: (text) => text }

export function lineBreaksOf(text: string): LineBreaks {
  if (!text.includes('\r')) return unchanged
  return /\r(?!\n)|(?<!\r)\n/.test(text) ? mixed : windows
}
