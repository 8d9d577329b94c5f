import { markdownLanguage } from '@codemirror/lang-markdown'
import { Language, LanguageDescription, LanguageSupport, ParseContext, StreamLanguage } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import type { Parser } from '@lezer/common'
import { styleTags, tags } from '@lezer/highlight'
import { MarkdownParser, parseCode } from '@lezer/markdown'

let known: readonly LanguageDescription[] | null = null

const plainText = new LanguageSupport(
  StreamLanguage.define({
    token: (stream) => {
      stream.skipToEnd()
      return null
    },
  }),
)

/** Loads the list of languages; their grammars are loaded one by one when a code block names them. */
async function loadLanguages(): Promise<LanguageSupport> {
  known = (await import('@codemirror/language-data')).languages
  return plainText
}

/** The grammar of a fenced code block. A block is skipped while its grammar is loaded, and parsed again after. */
function codeParser(info: string): Parser | null {
  const name = /^\S*/.exec(info)?.[0] ?? ''
  if (name === '') return null
  if (!known) return ParseContext.getSkippingParser(loadLanguages())
  const found = LanguageDescription.matchLanguageName(known, name, true)
  if (!found) return null
  return found.support?.language.parser ?? ParseContext.getSkippingParser(found.load())
}

/** Raw HTML is marked as such: its own grammar, with those of scripts and styles, would double the editor's code. */
const html = styleTags({ 'HTMLTag HTMLBlock': tags.meta })

function parser(): MarkdownParser {
  const { parser } = markdownLanguage
  if (!(parser instanceof MarkdownParser)) throw new Error('lang-markdown has another parser than @lezer/markdown')
  return parser.configure([parseCode({ codeParser }), { props: [html] }])
}

/** Markdown with the extensions of GitHub. */
export const markdownSupport: Extension = new LanguageSupport(new Language(markdownLanguage.data, parser(), [], 'markdown'))
