package sqlstore

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/post"
)

// fold returns the words of text, each after a space, in lower case and without accents. In scripts
// without spaces between words, each pair of neighbouring characters is a word, so that a search finds
// any part of a sentence. fold alone defines words: the database splits its result at the spaces.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 1)
	inWord, inPair := false, false
	for _, r := range strings.ToLower(norm.NFKD.String(text)) {
		switch {
		case r > unicode.MaxASCII && unicode.Is(unicode.Inherited, r): // an accent
		case unspaced(r):
			if inPair {
				b.WriteRune(r)
			}
			b.WriteByte(' ')
			b.WriteRune(r)
			inWord, inPair = false, true
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			if !inWord {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
			inWord, inPair = true, false
		default:
			inWord, inPair = false, false
		}
	}
	return b.String()
}

// unspaced reports whether r is of a script without spaces between words.
func unspaced(r rune) bool {
	return r >= '\u0e00' && (r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar))
}

// foldPost returns the words of a post's searched fields. Line breaks separate the fields and the tags, so
// that a phrase matches within one.
func foldPost(p *post.Post) string {
	texts := p.SearchedTexts()
	for i, text := range texts {
		texts[i] = fold(text)
	}
	return strings.Join(texts, "\n")
}

// distinct removes repeated words from a long text. In a short text the database skips repeats at less
// cost.
func distinct(folded string) string {
	const long = 16 << 10
	if len(folded) < long {
		return folded
	}
	words := strings.Fields(folded)
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// search is a list of conditions, all of which a post must match. A word matches the words that it is a
// prefix of. A phrase, with spaces between its words, matches the same sequence; its last word is a
// prefix.
type search []string

// newSearch parses words, and phrases in quotation marks. It ignores an unpaired mark.
func newSearch(text string) search {
	var s search
	parts := strings.Split(quotes.Replace(text), `"`)
	for i, part := range parts {
		words := strings.Fields(fold(part))
		if quoted := i%2 == 1 && i < len(parts)-1; quoted && len(words) > 0 {
			s = append(s, strings.Join(words, " "))
		} else {
			s = append(s, words...)
		}
	}
	return s
}

var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`)

// words returns all words, including those of phrases, for the search index.
func (s search) words() []string { return strings.Fields(strings.Join(s, " ")) }

// phrases returns the phrases, which only the text of a post can match.
func (s search) phrases() search {
	return slices.DeleteFunc(slices.Clone(s), func(w string) bool { return !strings.Contains(w, " ") })
}

// finds reports whether a post matches s, and whether it has at least all words in any order, as for the
// search index.
func (s search) finds(summary []byte, content string) (found, words bool, err error) {
	if len(s) == 0 {
		return true, true, nil
	}
	p := post.Post{Content: content}
	if err := json.Unmarshal(summary, &p.Summary); err != nil {
		return false, false, fmt.Errorf("decoding a stored post: %w", err)
	}
	text := foldPost(&p)
	return s.in(text), search(s.words()).in(text), nil
}

// inPost reports whether p matches s.
func (s search) inPost(p *post.Post) bool { return len(s) == 0 || s.in(foldPost(p)) }

func (s search) in(folded string) bool {
	return !slices.ContainsFunc(s, func(w string) bool { return !strings.Contains(folded, " "+w) })
}
