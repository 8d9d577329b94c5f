package archive

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
)

// tables are the parts of the front matter in which a name is searched, in this order: the top level, then
// the tables for custom names of Zola and Hugo.
var tables = []string{"", "taxonomies", "extra", "params"}

// headReader reads values of a front matter, and records the first problem.
type headReader struct {
	head  value
	own   bool // of an export: labels are not split
	err   error
	notes []*problem // about ignored values
}

// tables returns the existing parts of the front matter.
func (r *headReader) tables() []value {
	found := []value{r.head}
	for _, name := range tables[1:] {
		if m := r.head.member(name); m != nil && m.kind == table {
			found = append(found, m.value)
		}
	}
	return found
}

// find returns the first non-empty member with one of names; nil if there is none.
func (r *headReader) find(names ...string) *member {
	for _, part := range r.tables() {
		if m := part.member(names...); m != nil {
			return m
		}
	}
	return nil
}

func (r *headReader) fail(m *member, format string, args ...any) {
	if r.err == nil {
		r.err = problemf(m.line, "%s %s", m.name, fmt.Sprintf(format, args...))
	}
}

func (r *headReader) note(line int, format string, args ...any) {
	r.notes = append(r.notes, problemf(line, format, args...))
}

// text returns a scalar as written.
func (r *headReader) text(names ...string) string {
	m := r.find(names...)
	if m == nil {
		return ""
	}
	if !m.isScalar() {
		r.fail(m, "must be text; put it between quotes")
	}
	return m.text
}

// authors returns a text, a list of texts, or tables with names of persons, as one text.
func (r *headReader) authors(names ...string) string {
	m := r.find(names...)
	if m == nil {
		return ""
	}
	return strings.Join(r.flatten(m, m.value, "display_name", "name", "title", "login", "slug", "id"), ", ")
}

// flatten returns the texts of v, at any depth, once each; of a table those under one of keys.
func (r *headReader) flatten(m *member, v value, keys ...string) (texts []string) {
	switch v.kind {
	case list:
		for _, item := range v.items {
			texts = append(texts, r.flatten(m, item, keys...)...)
		}
	case table:
		named := v.member(keys...)
		if named == nil {
			r.note(v.line, "a part of %s is left out: it has no name", m.name)
			return nil
		}
		return r.flatten(m, named.value, keys...)
	case plain, quoted:
		texts = append(texts, strings.TrimSpace(v.text))
	}
	var distinct []string
	for _, text := range texts {
		if text != "" && !slices.Contains(distinct, text) {
			distinct = append(distinct, text)
		}
	}
	return distinct
}

// date parses a time, in UTC if it has no zone; zero if there is none.
func (r *headReader) date(names ...string) time.Time {
	m := r.find(names...)
	if m == nil {
		return time.Time{}
	}
	return r.dateOf(m)
}

func (r *headReader) dateOf(m *member) time.Time {
	date, ok := m.time()
	switch {
	case !ok:
		r.fail(m, "is not a date: %q; write it as 2026-11-23 or 2026-11-23T10:00:00Z", m.text)
	case !date.IsZero() && (date.Year() < 1970 || date.Year() > 9999):
		r.fail(m, "must be from 1970 to 9999")
	}
	return date
}

var minutesText = regexp.MustCompile(`^(\d{1,4})(?: ?min(?:ute)?s?\b.*)?$`)

// minutes parses a whole number, or a text such as "5 min read"; 0 if there is none.
func (r *headReader) minutes(names ...string) int {
	m := r.find(names...)
	if m == nil {
		return 0
	}
	found := minutesText.FindStringSubmatch(strings.ToLower(strings.TrimSpace(m.text)))
	if found == nil {
		r.note(m.line, "%s is left out: it is no whole number of minutes", m.name)
		return 0
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// image returns the address of an image. It ignores a relative path, with a note: its address on the old
// site is unknown.
func (r *headReader) image(names ...string) string {
	m := r.find(names...)
	if m == nil {
		return ""
	}
	v := m.value
	if v.kind == list && len(v.items) > 0 {
		v = v.items[0]
	}
	if v.kind == table {
		if inner := v.member("image", "src", "url"); inner != nil {
			v = inner.value
		}
	}
	address := strings.ReplaceAll(v.text, " ", "%20")
	if v.isScalar() && post.CheckURL(address) == "" {
		return address
	}
	if v.kind != list {
		r.note(m.line, "%s is left out: it is no http(s) address and no path that starts with '/'", m.name)
	}
	return ""
}
