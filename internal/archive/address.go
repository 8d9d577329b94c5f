package archive

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/post"
)

var (
	escapes     = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)
	cutEscape   = regexp.MustCompile(`%[0-9A-Fa-f]?$`)
	pageName    = regexp.MustCompile(`(?i)\.(?:html?|php|aspx?|jsp)$`)
	placeholder = regexp.MustCompile(`(?:^|[/-]):[a-z]|\{\{|\{%|<%`)
)

// unescape decodes the percent escapes of an address if the result is UTF-8. WordPress truncates long slugs,
// even inside a character: an incomplete character is removed.
func unescape(text string) string {
	decoded := escapes.ReplaceAllStringFunc(text, func(run string) string {
		plain, err := url.PathUnescape(run)
		if plain = strings.ToValidUTF8(plain, ""); err != nil || plain == "" {
			return run
		}
		return plain
	})
	if decoded != text {
		decoded = cutEscape.ReplaceAllString(decoded, "")
	}
	return decoded
}

// slugOf derives a slug from the last part of an address; "" if no usable character remains.
func slugOf(address string) string {
	return cleanSlug(unescape(path.Base(address)))
}

// addressPath returns the path of an address without the slashes around it; "" for anything else: a
// template, the name of a pattern, a text with spaces.
func addressPath(text string) string {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, " \t\n") || placeholder.MatchString(text) {
		return ""
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.Trim(norm.NFC.String(unescape(parsed.EscapedPath())), "/")
}

// slugOfPath returns the slug of an address of another site: "my-post" for
// "2014/12/my-post", "2014/12/my-post.html" and "my-post/index.html".
func slugOfPath(address string) string {
	address = strings.TrimSuffix(pageName.ReplaceAllString(address, ""), "/index")
	if address == "" || address == "index" {
		return ""
	}
	return slugOf(address)
}

// addressText returns the page's own address as written in the front matter.
func (r *headReader) addressText() string {
	m := r.find("path", "url", "permalink")
	if m == nil {
		return ""
	}
	return m.text
}

// readAddresses returns the slug from the page's own address, and all known addresses of the page.
func (r *headReader) readAddresses() (slug string, all []string) {
	add := func(address string) {
		if n := utf8.RuneCountInString(address); n > 0 && n <= post.MaxSlug {
			all = append(all, address)
		}
		if short := slugOfPath(address); short != "" {
			all = append(all, short)
		}
	}
	for _, name := range []string{"url", "permalink", "path"} {
		m := r.find(name)
		if m == nil || falsy(*m) || isPattern(m.text) {
			continue
		}
		address := addressPath(m.text)
		short := slugOfPath(address)
		if !m.isScalar() || short == "" {
			r.note(m.line, "%s is left out: it is no address", m.name)
			continue
		}
		if slug == "" {
			slug = short
		}
		add(address)
	}
	if m := r.find("aliases", "alias", "redirect_from"); m != nil {
		for _, text := range r.flatten(m, m.value, "url", "path", "from") {
			if address := addressPath(text); address != "" {
				add(address)
			} else {
				r.note(m.line, "a part of %s is left out: %q is no address", m.name, cut(text, 100))
			}
		}
	}
	return slug, all
}

// isPattern reports whether a permalink is a pattern of Jekyll for all pages, or the start page.
func isPattern(text string) bool {
	switch strings.TrimSpace(text) {
	case "pretty", "date", "ordinal", "none", "weekdate", "/":
		return true
	}
	return placeholder.MatchString(text)
}

var languageName = regexp.MustCompile(`^[A-Za-z]{2}(?:[-_][A-Za-z]{2,4})?$`)

// languageOf returns text in lower case if it is a language tag: "fr", "pt-br".
func languageOf(text string) string {
	if !languageName.MatchString(text) {
		return ""
	}
	if _, err := language.Parse(text); err != nil {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(text, "_", "-"))
}

// stem returns the path of the file without its extension and its language, and of an index
// file the path of its directory.
func stem(file string) (name, lang string) {
	name = strings.TrimSuffix(file, path.Ext(file))
	if ext := path.Ext(name); len(ext) > 1 && path.Base(name) != ext {
		if lang = languageOf(ext[1:]); lang != "" {
			name = strings.TrimSuffix(name, ext)
		}
	}
	if dir, base := path.Split(name); base == "index" && dir != "" {
		return path.Clean(dir), lang
	}
	return name, lang
}

// languageOfPage returns the language of a page by its name, its front matter or its folder.
func languageOfPage(file, lang string, r *headReader) string {
	if m := r.find("lang", "language", "locale"); lang == "" && m != nil {
		lang = languageOf(m.text)
	}
	if lang == "" {
		first, _, found := strings.Cut(file, "/")
		if found {
			lang = languageOf(first)
		}
	}
	return lang
}

// isIndex reports whether a file is the index page of its folder.
func isIndex(file string) bool {
	name, _ := stem(path.Base(file))
	return name == "index"
}
