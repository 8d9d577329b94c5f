import createDOMPurify from 'dompurify'

// The server has sanitized the HTML by internal/render/policy.go. This is the same list once more, by another library.
const tags = (
  'h1 h2 h3 h4 h5 h6 p br hr blockquote pre div center ul ol li dl dt dd details summary figure figcaption ' +
  'table caption colgroup col thead tbody tfoot tr th td img input a abbr b bdi bdo cite code del dfn em i ins kbd mark q ' +
  's samp small span strike strong sub sup tt u var wbr ruby rt rp'
).split(' ')

const attributes = (
  'href src alt width height loading title lang dir align colspan rowspan start open class type checked disabled id role'
).split(' ')

const safeUrl = /^(?:(?:https?|mailto):|[^a-z]|[a-z+.-]+(?:[^a-z+.:-]|$))/i
const allowedValues: Record<string, RegExp> = {
  href: safeUrl,
  src: safeUrl, // DOMPurify would let images of data: through
  id: /^fn(?:ref[0-9]{0,6})?:[0-9]{1,6}$/,
  class: /^(?:language-[\w+#.,:=-]{1,60}|footnotes|footnote-ref|footnote-backref)$/,
  type: /^checkbox$/,
}

const purify = createDOMPurify(window)

purify.addHook('uponSanitizeAttribute', (_, data) => {
  if (allowedValues[data.attrName]?.test(data.attrValue) === false) data.keepAttr = false
})

// Of inputs only task boxes stay.
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'INPUT' && !(node.getAttribute('type') === 'checkbox' && node.hasAttribute('disabled'))) node.remove()
})

/** Parses HTML in a document of its own, where nothing is loaded or run. */
export function parseHtml(html: string): HTMLElement {
  const inert = new DOMParser().parseFromString(html, 'text/html')
  const root = inert.createElement('div')
  root.append(...inert.body.childNodes)
  return root
}

/** Removes everything inside an element of parseHtml that does more than show text, images and links. */
export function sanitizeNodes(root: HTMLElement): void {
  purify.sanitize(root, {
    IN_PLACE: true,
    ALLOWED_TAGS: tags,
    ALLOWED_ATTR: attributes,
    ALLOWED_URI_REGEXP: safeUrl,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  })
}
