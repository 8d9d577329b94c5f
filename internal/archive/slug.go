package archive

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/post"
)

// cleanSlug converts text to a valid slug; a valid one stays unchanged. The result is "" if no usable
// character remains. Unlike post.Slugify it keeps dots, which addresses such as Rust-1.88.0 have.
func cleanSlug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFC.String(text) {
		if unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Me) {
			continue // invisible
		}
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
	slug := cut(norm.NFC.String(b.String()), post.MaxSlug)
	if strings.Trim(slug, ".") == "" {
		return ""
	}
	return slug
}

// distinct assigns unique slugs. Of several pages with one slug, the first of the list keeps it;
// translations are last. The others get their language added, else their date, and if that is taken or
// unknown, a hash of their path. None of these depends on the other files.
func distinct(pages []page) (notes []Note) {
	taken := make(map[string]string, len(pages)) // file by slug
	var rivals []*page
	for _, p := range inOrder(pages) {
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
	return append(notes, distinctAddresses(pages, taken)...)
}

// inOrder returns the pages in their order; pages with a language are last, by file name.
func inOrder(pages []page) []*page {
	ordered := make([]*page, len(pages))
	for i := range pages {
		ordered[i] = &pages[i]
	}
	slices.SortStableFunc(ordered, func(a, b *page) int {
		switch {
		case a.lang == "" && b.lang == "":
			return 0
		case a.lang == "" || b.lang == "":
			return strings.Compare(a.lang, b.lang)
		}
		return strings.Compare(a.file, b.file)
	})
	return ordered
}

// distinctAddresses keeps each old address for the first page with it, unless it is the slug of another page.
// The loss of a last part of an address gets no note.
func distinctAddresses(pages []page, slugs map[string]string) (notes []Note) {
	taken := make(map[string]string)
	for i := range pages {
		p := &pages[i]
		var kept []string
		for _, address := range p.addresses {
			owner := cmp.Or(slugs[address], taken[address], p.file)
			if owner == p.file {
				if address != p.slug && !slices.Contains(kept, address) {
					kept = append(kept, address)
				}
				taken[address] = p.file
			} else if strings.Contains(address, "/") {
				notes = append(notes, Note{File: p.file, Text: "the address " + address + " leads to " + owner})
			}
		}
		p.addresses = kept
	}
	return notes
}

func (p *page) suffixes() (suffixes []string) {
	if p.lang != "" {
		suffixes = append(suffixes, "-"+p.lang)
	}
	if !p.date.IsZero() {
		suffixes = append(suffixes, p.date.Format("-2006-01-02"))
	}
	sum := sha256.Sum256([]byte(p.file))
	return append(suffixes, "-"+hex.EncodeToString(sum[:])[:12])
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
