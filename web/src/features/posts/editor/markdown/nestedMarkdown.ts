import { markdownLanguage } from '@codemirror/lang-markdown'
import { LanguageSupport } from '@codemirror/language'

/** Markdown in a code block: what @codemirror/language-data loads in a build instead of all of lang-markdown. */
export const markdown = () => new LanguageSupport(markdownLanguage)
