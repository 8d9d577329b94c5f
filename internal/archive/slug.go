package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wiredesk/wiredesk/internal/post"
)

// cleanSlug makes text a valid slug, and leaves a valid one as it is; empty when nothing
// of it can be used. Unlike post.Slugify it keeps dots: a path such as Rust-1.88.0 was
// written as an address.
func cleanSlug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range text {
		if unicode.IsUpper(r) {
			r = unicode.ToLower(r)
		}
		valid := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("-._", r)
		if !valid || unicode.IsUpper(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	slug := cut(b.String(), post.MaxSlug)
	if strings.Trim(slug, ".") == "" {
		return ""
	}
	return slug
}

// distinct gives every page a slug of its own. Of the pages that want the same one, the
// first of the list gets it; the others get their date added, and when that is taken or
// unknown, a mark of their path: neither depends on the other files.
func distinct(pages []page) (notes []Note) {
	taken := make(map[string]string, len(pages)) // the file, by slug
	var rivals []*page
	for i := range pages {
		p := &pages[i]
		if _, ok := taken[p.slug]; ok {
			rivals = append(rivals, p)
			continue
		}
		taken[p.slug] = p.file
	}
	for _, p := range rivals {
		wanted := p.slug
		for _, suffix := range p.suffixes() {
			p.slug = cut(wanted, post.MaxSlug-utf8.RuneCountInString(suffix)) + suffix
			if _, ok := taken[p.slug]; !ok {
				break
			}
		}
		notes = append(notes, Note{File: p.file, Text: "gets the slug " + p.slug + ": " + wanted + " belongs to " + taken[wanted]})
		taken[p.slug] = p.file
	}
	return notes
}

func (p *page) suffixes() []string {
	sum := sha256.Sum256([]byte(p.file))
	mark := "-" + hex.EncodeToString(sum[:])[:12]
	if p.date.IsZero() {
		return []string{mark}
	}
	return []string{p.date.Format("-2006-01-02"), mark}
}

// cut returns the first n characters of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
