import { LanguageDescription } from '@codemirror/language'
import { languages } from '@codemirror/language-data'
import { classHighlighter, highlightCode } from '@lezer/highlight'

/** Code as text nodes and spans with classes such as tok-keyword; null when the language is unknown or cannot be loaded. */
export async function codeFragment(code: string, name: string): Promise<DocumentFragment | null> {
  const description = name === '' ? null : LanguageDescription.matchLanguageName(languages, name, false)
  if (!description) return null
  const support = await description.load().catch(() => null)
  if (!support) return null
  const fragment = document.createDocumentFragment()
  highlightCode(
    code,
    support.language.parser.parse(code),
    classHighlighter,
    (text, classes) => {
      if (classes === '') return fragment.append(text)
      const span = document.createElement('span')
      span.className = classes
      span.textContent = text
      fragment.append(span)
    },
    () => fragment.append('\n'),
  )
  return fragment
}
