import { markdown, markdownLanguage } from '@codemirror/lang-markdown'
import { LanguageDescription, LanguageSupport, StreamLanguage } from '@codemirror/language'
import type { Extension } from '@codemirror/state'

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

/** The grammar of a fenced code block. While the list of languages is loaded the block is skipped, and parsed again after. */
function codeLanguage(info: string): LanguageDescription | null {
  if (known) return LanguageDescription.matchLanguageName(known, info, true)
  return LanguageDescription.of({ name: 'loading', load: loadLanguages })
}

/** Markdown with the extensions of GitHub. */
export const markdownSupport: Extension = markdown({
  base: markdownLanguage,
  codeLanguages: codeLanguage,
  addKeymap: false,
  completeHTMLTags: false,
  pasteURLAsLink: false,
})
