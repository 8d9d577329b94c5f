package archive

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tables are the parts of the front matter that are searched for a name, in this order:
// its top, then where Zola and Hugo want what is not theirs.
var tables = []string{"", "taxonomies", "extra", "params"}

// headReader reads values of a front matter, and keeps the first problem that it meets.
type headReader struct {
	doc document
	err error
}

// find returns the first value that stands under one of names, in any case, nil when none does.
func (r *headReader) find(names ...string) (name string, value any) {
	for _, table := range tables {
		members := r.doc.head
		if table != "" {
			members, _ = member(members, table).(map[string]any)
		}
		for _, name := range names {
			if value := member(members, name); value != nil && value != "" {
				return name, value
			}
		}
	}
	return "", nil
}

func member(table map[string]any, name string) any {
	if value := table[name]; value != nil {
		return value
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if strings.EqualFold(key, name) && table[key] != nil {
			return table[key]
		}
	}
	return nil
}

func (r *headReader) fail(name, message string) {
	if r.err == nil {
		r.err = problemf(r.doc.line(name), "%s %s", name, message)
	}
}

func (r *headReader) text(names ...string) string {
	name, value := r.find(names...)
	if value == nil {
		return ""
	}
	text, ok := asText(value)
	if !ok {
		r.fail(name, "must be text; put it between quotes")
	}
	return text
}

// list reads one text, or a list of texts, or of tables that have a name.
func (r *headReader) list(names ...string) []string {
	name, value := r.find(names...)
	if value == nil {
		return nil
	}
	values, ok := value.([]any)
	if !ok {
		values = []any{value}
	}
	var list []string
	for _, value := range values {
		if table, ok := value.(map[string]any); ok {
			value = member(table, "name")
		}
		text, ok := asText(value)
		if !ok {
			r.fail(name, "must be text or a list of texts; put each between quotes")
		}
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, text)
		}
	}
	return list
}

// labels reads a list that may also be one text with commas. A category's name may hold a comma.
func (r *headReader) labels(names ...string) []string {
	name, value := r.find(names...)
	text, single := value.(string)
	if !single || name == "category" {
		return r.list(names...)
	}
	var labels []string
	for label := range strings.SplitSeq(text, ",") {
		if label = strings.TrimSpace(label); label != "" {
			labels = append(labels, label)
		}
	}
	return labels
}

func (r *headReader) flag(name string) (value, given bool) {
	_, found := r.find(name)
	value, given = found.(bool)
	if found != nil && !given {
		r.fail(name, "must be true or false")
	}
	return value, given
}

// date reads a time, as UTC when it names no zone; zero when there is none.
func (r *headReader) date(names ...string) time.Time {
	name, value := r.find(names...)
	if value == nil {
		return time.Time{}
	}
	date, ok := asTime(value)
	switch {
	case !ok:
		r.fail(name, fmt.Sprintf("is not a date: %q; write it as 2026-11-23 or 2026-11-23T10:00:00Z", fmt.Sprint(value)))
	case !date.IsZero() && (date.UTC().Year() < 1970 || date.UTC().Year() > 9999):
		r.fail(name, "must be from 1970 to 9999")
	}
	return date
}

// asText accepts whole numbers, which YAML makes of a title or a tag such as 2018.
// It refuses what cannot be turned back into what was written, such as 1.10.
func asText(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case int, int64, uint64:
		return fmt.Sprint(value), true
	}
	return "", false
}

// line returns where a name is set, 1 when it is not.
func (d document) line(names ...string) int {
	line := 1
	for text := range strings.Lines(d.source) {
		line++
		key, _, _ := strings.Cut(strings.Replace(text, "=", ":", 1), ":")
		key = strings.Trim(key, " \t\"'")
		if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, key) }) {
			return line
		}
	}
	return 1
}
