package post

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Sort is the order of a list. Ties are ordered by id in the same direction.
type Sort string

// Sorts are the supported orders; the first is the default.
var Sorts = []Sort{"-updatedAt", "updatedAt", "-createdAt", "createdAt", "title", "-title"}

// Field returns the name of the sort field, and whether the order is descending.
func (s Sort) Field() (name string, descending bool) {
	name, descending = strings.CutPrefix(string(s), "-")
	return name, descending
}

// Query selects a page of posts.
type Query struct {
	Live      bool   // live versions; requires Sort PublicSort
	Deleted   bool   // only deleted posts
	Published *bool  // nil: both
	Category  string // exact; empty: all
	Tag       string // exact; empty: all
	Author    string // exact, see Summary.Author; empty: all
	Words     string // search words and quoted phrases, see SearchedFields; empty: all
	Sort      Sort
	Limit     int       // 1 to 100
	After     *Position // nil: the first page
	Count     bool      // compute Total of the first page
}

// normalized returns q with its names in the stored form, NFC.
func (q Query) normalized() Query {
	q.Category, q.Tag = norm.NFC.String(q.Category), norm.NFC.String(q.Tag)
	return q
}

// Filtered reports whether q has a filter other than Published, Deleted and Live.
func (q Query) Filtered() bool {
	return q.Category != "" || q.Tag != "" || q.Author != "" || q.Words != ""
}

// Matches reports whether s passes the filters Category, Tag and Author.
func (q Query) Matches(s Summary) bool {
	return (q.Category == "" || q.Category == s.Category) && (q.Tag == "" || slices.Contains(s.Tags, q.Tag)) &&
		(q.Author == "" || q.Author == s.Author())
}

// Page is one page of a list.
type Page struct {
	Items  []json.RawMessage // summaries
	Next   *Position         // nil at the end
	Total  *int64            // number of matching posts, at most 10 000; nil: unknown
	Cursor event.Position    // newest event, read before the items: a client that follows from here misses no change
}

// Position is a position in a sorted list, after the post with this sort key and id.
type Position struct {
	Sort  Sort   `json:"s"`
	Time  int64  `json:"t,omitempty"` // Unix milliseconds, when sorted by a time
	Title string `json:"w,omitempty"`
	ID    int64  `json:"i"`
}

// Encode returns the position as an opaque URL-safe string.
func (p Position) Encode() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and integers always encode
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParsePosition parses a result of Encode for the same sort order. For anything else it returns an
// Invalid fault.
func ParsePosition(s string, sort Sort) (*Position, error) {
	bad := fault.InvalidFields(fault.Field{Name: "after", Message: "Not a position in this list. Start from the first page."})
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(s) > 4096 || !utf8.Valid(b) {
		return nil, bad
	}
	var p Position
	if json.Unmarshal(b, &p) != nil || p.Sort != sort || p.ID < 1 || p.Time < 0 || p.Time > maxTime || p.Encode() != s {
		return nil, bad
	}
	return &p, nil
}

var maxTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMilli()
