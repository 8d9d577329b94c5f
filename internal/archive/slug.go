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

// cleanSlug makes text a valid slug, and leaves a valid one as it is; empty when nothing
// of it can be used. Unlike post.Slugify it keeps dots: a path such as Rust-1.88.0 was
// written as an address.
func cleanSlug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFC.String(text) {
		if unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Me) {
			continue // it has no shape of its own
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

// distinct gives every page a slug of its own. Of the pages that want the same one, the first
// of the list gets it, but translations go last. The others get their language added, else
// their date, and when that is taken or unknown, a mark of their path: neither depends on the
// other files.
func distinct(pages []page) (notes []Note) {
	taken := make(map[string]string, len(pages)) // the file, by slug
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

// inOrder returns the pages in their order, those of a language after the others, by their files.
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

// distinctAddresses leaves each old address to the first page that has it, and to none that is
// the slug of another page. The last part of an address is given up without a note.
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
