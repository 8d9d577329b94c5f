package post

import (
	"strconv"
	"strings"
	"unicode"
)

// Slugify makes a slug from a title: lower case, letters and digits of any
// script kept, everything else a single hyphen; at most 100 characters.
func Slugify(title string) string {
	const maxLen = 100
	var b strings.Builder
	n, gap := 0, false
	for _, r := range strings.ToLower(title) {
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
	return b.String()
}

// freeSlug returns base, or base with the first suffix that no other post has.
// After a few tries it takes the post's own id, so that a thousand posts of one
// title do not cost a thousand look-ups each.
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
