package archive

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// labels returns categories or tags: of a list, at any depth, or of one text with several.
func (r *headReader) labels(atSpaces bool, names ...string) []string {
	m := r.find(names...)
	if m == nil {
		return nil
	}
	labels := splitLabels(m.text, atSpaces)
	if !m.isScalar() {
		labels = r.flatten(m, m.value, "name", "title", "label", "slug", "id")
	}
	for i, label := range labels {
		labels[i] = r.unescapeLabel(label)
	}
	return labels
}

// escapedLetters matches the escapes of characters that are not ASCII.
var escapedLetters = regexp.MustCompile(`(?:%[89A-Fa-f][0-9A-Fa-f])+`)

// unescapeLabel decodes letters such as "%d0%ba", which WordPress exporters write.
func (r *headReader) unescapeLabel(label string) string {
	if r.own {
		return label
	}
	return escapedLetters.ReplaceAllStringFunc(label, func(run string) string {
		if plain, err := url.PathUnescape(run); err == nil && utf8.ValidString(plain) {
			return plain
		}
		return run
	})
}

// splitLabels splits "a, b", "#a #b" and "[a, b]"; with atSpaces also "a b", as Jekyll does.
func splitLabels(text string, atSpaces bool) (labels []string) {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") && !strings.Contains(text, "[[") {
		text = inner[:len(inner)-1]
	}
	words := strings.Fields(text)
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' })
	hashed := !slices.ContainsFunc(words, func(word string) bool { return !strings.HasPrefix(word, "#") })
	if len(parts) == 1 && (atSpaces || hashed) {
		parts = words
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if n := len(part); n > 1 && (part[0] == '"' || part[0] == '\'') && part[n-1] == part[0] {
			part = part[1 : n-1]
		}
		part = strings.TrimSpace(strings.TrimLeft(part, "#"))
		if part != "" && !slices.Contains(labels, part) {
			labels = append(labels, part)
		}
	}
	return labels
}

// categories returns the category, and further ones, which become tags. A single category may have a comma
// in its name.
func (r *headReader) categories(atSpaces bool) (category string, others []string) {
	var all []string
	if m := r.find("category"); m != nil && m.isScalar() {
		all = append(all, r.unescapeLabel(strings.TrimSpace(m.text)))
	} else {
		all = r.labels(false, "category")
	}
	all = append(all, r.labels(atSpaces, "categories")...)
	if len(all) == 0 {
		return "", nil
	}
	return all[0], all[1:]
}

// isJekyll reports whether a file is a post of Jekyll, which splits tags and categories at spaces.
func isJekyll(file string, head value) bool {
	folders := "/" + path.Dir(file) + "/"
	layout := head.member("layout") != nil
	dated := datedName.MatchString(path.Base(file))
	return dated && (layout || strings.Contains(folders, "/_posts/")) || layout && strings.Contains(folders, "/_drafts/")
}
