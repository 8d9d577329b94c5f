package post

import (
	"maps"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Slugify derives a slug from a title: lower case, letters and digits of any script, a hyphen for
// each run of other characters; at most 100 characters, in NFC.
func Slugify(title string) string {
	const maxLen = 100
	var b strings.Builder
	n, gap := 0, false
	for _, r := range strings.ToLower(norm.NFC.String(title)) {
		if isInvisible(r) || unicode.IsMark(r) && (n == 0 || gap) {
			continue // such as the variation selector after an emoji
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) || unicode.IsUpper(r) {
			gap = n > 0 && r != '\'' && r != '’' || gap
			continue
		}
		if n >= maxLen || gap && n+1 >= maxLen {
			break
		}
		if gap {
			b.WriteByte('-')
			n, gap = n+1, false
		}
		b.WriteRune(r)
		n++
	}
	if n == 0 {
		return "post"
	}
	return norm.NFC.String(b.String()) // a removed invisible character may have separated a letter and its mark
}

// isInvisible reports whether r has no glyph of its own, or only encloses the character before it.
func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Me)
}

// slugOfTitle returns p with a free slug, derived from the title of current after p.
func slugOfTitle(tx Tx, current Post, p Patch) (Patch, error) {
	title, ok := p.text["title"]
	if !ok {
		title = current.Title
	}
	slug, err := freeSlug(tx, Slugify(title), current.ID)
	if err != nil {
		return p, err
	}
	p.text = maps.Clone(p.text) // the transaction may be retried
	p.text["slug"] = slug
	return p, nil
}

// freeSlug returns base, or base with the first suffix that makes it unique: -2 to -8, then the id of
// the post, so that a thousand posts of one title do not cost a thousand look-ups each.
func freeSlug(tx Tx, base string, id int64) (string, error) {
	characters := []rune(base)
	for n := 1; ; n++ {
		suffix := ""
		switch {
		case n > 8:
			suffix = "-" + strconv.FormatInt(id, 10) + strings.Repeat("-", n-9)
		case n > 1:
			suffix = "-" + strconv.Itoa(n)
		}
		slug := string(characters[:min(len(characters), MaxSlug-len(suffix))]) + suffix
		taken, err := tx.SlugTaken(slug, id)
		if err != nil || !taken {
			return slug, err
		}
	}
}
