package render

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// policy lists the allowed HTML of a post, whether generated from Markdown or written by the author. Of
// other elements it removes the tags and keeps the text; of script and style it removes the text too.
// There is no style attribute, and no id or class that an author can choose, so a post cannot cover or
// control the page around it. There is no rel, because the links of an author are those of the blog.
var policy = newPolicy()

var (
	languageClass = regexp.MustCompile(`^language-[\w+#.,:=-]{1,60}$`)
	alignment     = regexp.MustCompile(`^(?:left|right|center|justify)$`)
	size          = regexp.MustCompile(`^[0-9]{1,4}(?:px|%)?$`)
	smallNumber   = regexp.MustCompile(`^[0-9]{1,2}$`) // a browser makes every column of a colspan
	listStart     = regexp.MustCompile(`^-?[0-9]{1,9}$`)
	footnoteID    = regexp.MustCompile(`^fn(?:ref[0-9]{0,6})?:[0-9]{1,6}$`) // the colon keeps it off the page's globals
)

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "div", "center",
		"ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "figure", "figcaption",
		"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td")
	p.AllowElements("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
		"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr", "ruby", "rt", "rp")
	p.AllowNoAttrs().OnElements("bdo", "center", "summary", "figure", "figcaption", "mark", "wbr", "dfn", "q", "tt", "u", "var", "span")

	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(size).OnElements("img")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^(?:lazy|eager)$`)).OnElements("img")

	p.AllowAttrs("title").Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z0-9-]{2,35}$`)).Globally()
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(?:ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("align").Matching(alignment).OnElements("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "img", "table", "tr", "th", "td")
	p.AllowAttrs("colspan", "rowspan").Matching(smallNumber).OnElements("th", "td")
	p.AllowAttrs("start").Matching(listStart).OnElements("ol")
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^(?:open)?$`)).OnElements("details")
	p.AllowAttrs("class").Matching(languageClass).OnElements("code", "pre")

	// Task boxes; tidy drops every other input.
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(regexp.MustCompile(`^$`)).OnElements("input")

	// Footnotes.
	p.AllowAttrs("id").Matching(footnoteID).OnElements("li", "sup")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^footnotes$`)).OnElements("div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^footnote-(?:ref|backref)$`)).OnElements("a")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^doc-(?:noteref|backlink|endnotes)$`)).OnElements("a", "div")

	p.AllowElementsContent("frame", "frameset", "iframe", "noembed", "noframes", "noscript", "nostyle", "object", "title")
	return p
}
