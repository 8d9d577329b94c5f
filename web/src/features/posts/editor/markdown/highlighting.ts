import { syntaxHighlighting } from '@codemirror/language'
import { tagHighlighter, tags } from '@lezer/highlight'

/** Class names for syntax, by which markdown.module.css gives colors for light and dark. */
export const highlighting = syntaxHighlighting(
  tagHighlighter([
    { tag: tags.heading1, class: 'md-heading md-heading1' },
    { tag: tags.heading2, class: 'md-heading md-heading2' },
    { tag: tags.heading3, class: 'md-heading md-heading3' },
    { tag: [tags.heading4, tags.heading5, tags.heading6], class: 'md-heading' },
    { tag: tags.strong, class: 'md-strong' },
    { tag: tags.emphasis, class: 'md-emphasis' },
    { tag: tags.strikethrough, class: 'md-strikethrough' },
    { tag: [tags.link, tags.url], class: 'md-link' },
    { tag: tags.monospace, class: 'md-code' },
    { tag: tags.quote, class: 'md-quote' },
    { tag: [tags.processingInstruction, tags.contentSeparator, tags.labelName], class: 'md-mark' },
    { tag: [tags.meta, tags.comment], class: 'md-comment' },
    { tag: [tags.keyword, tags.tagName, tags.modifier, tags.operatorKeyword], class: 'md-keyword' },
    { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.inserted], class: 'md-string' },
    { tag: [tags.number, tags.bool, tags.atom, tags.null], class: 'md-number' },
    { tag: [tags.typeName, tags.className, tags.namespace, tags.attributeName], class: 'md-type' },
    { tag: [tags.function(tags.variableName), tags.macroName, tags.definition(tags.propertyName)], class: 'md-function' },
    { tag: tags.deleted, class: 'md-deleted' },
  ]),
)
