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

// fold returns the words of text with a space before each: in lower case and without
// accents. In scripts that put no spaces between words, each character and the next one
// make a word, so that any piece of a sentence is found. This alone decides what a word
// is: the database only splits at the spaces.
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

func unspaced(r rune) bool {
	return r >= '\u0e00' && (r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar))
}

// foldPost returns the words of a post's searched fields. A line break between two fields, or tags,
// keeps a phrase from reaching over them.
func foldPost(p *post.Post) string {
	texts := p.SearchedTexts()
	for i, text := range texts {
		texts[i] = fold(text)
	}
	return strings.Join(texts, "\n")
}

// distinct returns the words of a long text once each, and those of a short one as they are: there
// the database skips repeats for less.
func distinct(folded string) string {
	const long = 16 << 10
	if len(folded) < long {
		return folded
	}
	words := strings.Fields(folded)
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// search is what a post must have: words that begin with a given one, and phrases, which are
// words in sequence with spaces between, the last of them again as a beginning.
type search []string

// newSearch reads words, and phrases in quotation marks. A mark without its pair means nothing.
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

// words returns the words that an index can find.
func (s search) words() []string { return strings.Fields(strings.Join(s, " ")) }

// phrases returns the phrases, which only the text of a post can answer.
func (s search) phrases() search {
	return slices.DeleteFunc(slices.Clone(s), func(w string) bool { return !strings.Contains(w, " ") })
}

// finds reports whether a post has all words and phrases, and whether it has at least all
// their words, as an index finds it.
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

// inPost reports whether p has all words and phrases.
func (s search) inPost(p *post.Post) bool { return len(s) == 0 || s.in(foldPost(p)) }

func (s search) in(folded string) bool {
	return !slices.ContainsFunc(s, func(w string) bool { return !strings.Contains(folded, " "+w) })
}
