package sqlstore

import (
	"cmp"
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

// foldPost returns the words of a post. A line break between two fields, or tags, keeps a
// phrase from reaching over them.
func foldPost(p *post.Post) string {
	fields := append([]string{p.Title, p.Description, p.Content, p.Category}, p.Tags...)
	for i, field := range fields {
		fields[i] = fold(field)
	}
	return strings.Join(fields, "\n")
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

// indexedFields are the fields whose words foldPost returns.
var indexedFields = []string{"title", "description", "content", "category", "tags"}

func isIndexed(changed []string) bool {
	return slices.ContainsFunc(changed, func(field string) bool { return slices.Contains(indexedFields, field) })
}

// indexChange is what an index of words is to hold of a post; nil words take it out.
type indexChange struct {
	id    int64
	live  bool // in live_words; otherwise in posts_words
	words *string
}

// index notes that the index must hold the words of p.
func (t *tx) index(p *post.Post) {
	words := foldPost(p)
	t.indexed = append(t.indexed, indexChange{id: p.ID, words: &words})
}

// indexLive is index for the live post. When the last change noted is of this post, its
// words are those of p: whatever changes them is noted.
func (t *tx) indexLive(p *post.Post) {
	c := indexChange{id: p.ID, live: true}
	if n := len(t.indexed); n > 0 && t.indexed[n-1].id == p.ID {
		c.words = t.indexed[n-1].words
	}
	if c.words == nil {
		words := foldPost(p)
		c.words = &words
	}
	t.indexed = append(t.indexed, c)
}

// weight is about how many bytes the commit will have to work on.
func (t *tx) weight() (bytes int) {
	for _, e := range t.events {
		bytes += len(e.Data)
	}
	for _, c := range t.indexed {
		if c.words != nil {
			bytes += len(*c.words)
		}
	}
	return bytes
}

// writeIndex brings the indexes to what the ops of the group noted, each post once and in
// the order of ids. FTS5 gathers words in memory, but a step back in ids makes it write a
// segment at once: indexing within the ops takes half as much CPU again.
func (t *tx) writeIndex() error {
	slices.SortStableFunc(t.indexed, func(a, b indexChange) int { return cmp.Compare(a.id, b.id) })
	var working, live []indexChange
	for _, c := range t.indexed {
		if c.live {
			live = append(live, c)
		} else {
			working = append(working, c)
		}
	}
	if err := t.writeWords("posts_words", working); err != nil {
		return err
	}
	return t.writeWords("live_words", live)
}

// writeWords brings one index to changes, which are sorted by id.
func (t *tx) writeWords(table string, changes []indexChange) error {
	d := t.w.store.dialect
	var rows [][]any
	for i, c := range changes {
		switch {
		case i+1 < len(changes) && changes[i+1].id == c.id: // changed again later
		case c.words != nil:
			rows = append(rows, []any{c.id, d.words(*c.words)})
		default:
			if err := t.exec("DELETE FROM "+table+" WHERE "+d.wordsID+" = ?", c.id); err != nil {
				return fmt.Errorf("removing post %d from %s: %w", c.id, table, err)
			}
		}
	}
	if err := t.insert("REPLACE INTO "+table+" ("+d.wordsID+", words) VALUES ", rows); err != nil {
		return fmt.Errorf("indexing posts in %s: %w", table, err)
	}
	return nil
}
