package archive

import (
	"slices"
	"strings"
)

// value is a value of a front matter in any format. A scalar keeps the text of the file, so that a title
// such as 007 or 1.10 is not changed.
type value struct {
	kind    kind
	text    string   // of a scalar, without its quotes
	line    int      // of the file, counted from 1
	items   []value  // of a list
	members []member // of a table, in the order of the file
}

// member is one name of a table with its value.
type member struct {
	name string // as in the file
	key  string // folded, for comparison
	value
}

type kind uint8

const (
	null   kind = iota
	plain       // a scalar without quotes: a word, a number, a date
	quoted      // a string
	list
	table
)

const (
	maxValues = 10_000 // of a front matter; each use of a YAML alias counts
	maxDepth  = 100
)

// treeBuilder counts the values of one front matter.
type treeBuilder struct{ values int }

// enter counts a value, depth levels below the top.
func (b *treeBuilder) enter(line, depth int) error {
	b.values++
	switch {
	case b.values > maxValues:
		return problemf(line, "the front matter holds more than %d values", maxValues)
	case depth > maxDepth:
		return problemf(line, "the front matter is nested more than %d levels deep", maxDepth)
	}
	return nil
}

// lineCounter returns the line numbers of ascending offsets.
type lineCounter struct {
	src    string
	offset int
	ends   int // line ends before offset
}

// at returns the line of an offset in bytes, counted from 1.
func (c *lineCounter) at(offset int) int {
	if offset > c.offset {
		c.ends += strings.Count(c.src[c.offset:offset], "\n")
		c.offset = offset
	}
	return c.ends + 1
}

// fold maps the spellings of a name to one: publishDate, PublishDate, publish_date, publish-date.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

func newMember(name string, v value) member { return member{name: name, key: fold(name), value: v} }

func (v value) isScalar() bool { return v.kind == plain || v.kind == quoted }

// isSet reports whether v is not empty.
func (v value) isSet() bool { return v.kind != null && (v.kind != quoted || v.text != "") }

// member returns the first non-empty member with one of the names, in any spelling; the exact spelling has
// precedence. It returns nil if there is none.
func (v value) member(names ...string) *member {
	for _, name := range names {
		key := fold(name)
		var found *member
		for i := range v.members {
			m := &v.members[i]
			if m.key == key && m.isSet() && (found == nil || m.name == name) {
				found = m
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// words of YAML 1.1, which Jekyll and others still read.
var (
	yes = []string{"true", "yes", "on", "y", "1"}
	no  = []string{"false", "no", "off", "n", "0"}
)

// boolean parses v. A quoted text is only "true" or "false": tools disagree about a quoted "no".
func (v value) boolean() (value, ok bool) {
	word := strings.ToLower(strings.TrimSpace(v.text))
	switch {
	case !v.isScalar() || v.kind == quoted && word != "true" && word != "false":
		return false, false
	case slices.Contains(yes, word):
		return true, true
	}
	return false, slices.Contains(no, word)
}
