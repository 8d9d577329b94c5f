package post

import (
	"slices"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/merge"
)

// origin is the version of a post that a patch is based on, as far as the event log still has it.
type origin struct {
	post  Post
	known bool // the event log has the version
	whole bool // the version has its content: it is not thinned

	since    []string // names of the fields that changed after the version
	complete bool     // since has all of them
}

func readOrigin(tx Tx, current Post, version int64) (o origin, err error) {
	if version > current.Version {
		return o, nil // the post has no such version
	}
	if o.since, o.complete, err = tx.ChangedSince(current.ID, version); err != nil {
		return o, err
	}
	// The patch may still hold the redacted text. A merge would store that text again as a change
	// of the patch, so the origin counts as unknown.
	if redacted, err := tx.RedactedSince(current.ID, version); err != nil || redacted {
		return o, err
	}
	e, err := tx.At(current.ID, version)
	if fault.KindOf(err) == fault.NotFound || err == nil && e.Type == event.Deleted {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	if o.post, err = (Doc{ID: current.ID, JSON: e.Data}).Decode(); err != nil {
		return o, err
	}
	o.known, o.whole = true, !e.Thinned()
	return o, nil
}

// has reports whether the value of the field at the origin is known.
func (o origin) has(field string) bool { return o.known && (o.whole || field != "content") }

// kept reports whether the field has not changed since the origin. same is whether its value at the
// origin equals the current one.
func (o origin) kept(field string, same bool) bool {
	if o.has(field) {
		return same
	}
	return o.complete && !slices.Contains(o.since, field)
}

// merging is a three-way merge, field by field, of a patch (mine) with the changes of others
// (theirs). A field that only one side has changed gets the value of that side.
type merging struct {
	origin
	current   Post
	patch     Patch    // the result, to be applied to current
	merged    []string // fields of patch that include changes of others
	conflicts []string
}

// mergePatch rebases p from version base onto current. It returns the patch to apply to current, and
// the fields that include changes of others. If a field cannot be merged, the error is a *Stale.
func mergePatch(tx Tx, current Post, base int64, p Patch) (Patch, []string, error) {
	if base == current.Version {
		return p, nil, nil
	}
	o, err := readOrigin(tx, current, base)
	if err != nil {
		return Patch{}, nil, err
	}
	m := merging{origin: o, current: current, patch: Patch{text: map[string]string{}, tags: p.tags, readTime: p.readTime}}
	for _, f := range textFields {
		if mine, ok := p.text[f.name]; ok {
			m.text(f, mine)
		}
	}
	if p.tags != nil {
		m.tags(*p.tags)
	}
	if p.readTime != nil {
		m.readTime(*p.readTime, p)
	}
	if len(m.conflicts) > 0 {
		slices.Sort(m.conflicts)
		return Patch{}, nil, stale(current, m.baseValues(), m.conflicts)
	}
	slices.Sort(m.merged)
	return m.patch, m.merged, nil
}

func (m *merging) text(f textField, mine string) {
	theirs, base := f.stored(&m.current), f.stored(&m.post)
	switch {
	case mine == theirs || m.kept(f.name, base == theirs):
		m.patch.text[f.name] = mine
		return
	case !m.has(f.name):
	case mine == base:
		return
	case f.lines:
		merged, ok := merge.Lines(base, mine, theirs)
		if _, broken := f.clean(merged); !ok || broken != "" {
			break // a merged text over the limits is a conflict too: neither side has written it
		}
		m.patch.text[f.name] = merged
		if merged != mine {
			m.merged = append(m.merged, f.name)
		}
		return
	}
	m.conflicts = append(m.conflicts, f.name)
}

func (m *merging) tags(mine []string) {
	theirs, base := m.current.Tags, m.post.Tags
	switch {
	case slices.Equal(mine, theirs) || m.kept("tags", slices.Equal(base, theirs)):
		return
	case m.has("tags") && slices.Equal(mine, base):
		m.patch.tags = nil
		return
	case m.has("tags"):
		merged := mergeTags(base, mine, theirs)
		if len(merged) > MaxTags {
			break
		}
		m.patch.tags = &merged
		if !slices.Equal(merged, mine) {
			m.merged = append(m.merged, "tags")
		}
		return
	}
	m.conflicts = append(m.conflicts, "tags")
}

// mergeTags returns theirs with the additions and removals of mine. The order is that of theirs;
// additions of mine are last.
func mergeTags(base, mine, theirs []string) []string {
	merged := []string{}
	for _, tag := range theirs {
		if slices.Contains(mine, tag) || !slices.Contains(base, tag) {
			merged = append(merged, tag)
		}
	}
	for _, tag := range mine {
		if !slices.Contains(base, tag) && !slices.Contains(merged, tag) {
			merged = append(merged, tag)
		}
	}
	return merged
}

// readTime merges the minutes. If the contents are known, all computed values count as equal, so a
// change of the content alone does not change the read time.
func (m *merging) readTime(mine int, p Patch) {
	theirs, base := m.current.ReadTime, m.post.ReadTime
	if m.whole {
		content, given := p.text["content"]
		if !given {
			content = m.post.Content
		}
		mine, theirs, base = computed(mine, content), computed(theirs, m.current.Content), computed(base, m.post.Content)
	}
	m.patch.readTime = &mine
	switch {
	case mine == theirs, m.known && mine == base:
		m.patch.readTime = nil
	case !m.kept("readTime", base == theirs):
		m.conflicts = append(m.conflicts, "readTime")
	}
}

// computed returns 0 if minutes is the read time computed from content, else minutes.
func computed(minutes int, content string) int {
	if minutes == ReadTime(content) {
		return 0
	}
	return minutes
}

// baseValues returns the values of the conflicting fields at the origin; nil if one is unknown.
func (m *merging) baseValues() map[string]any {
	values := make(map[string]any, len(m.conflicts))
	for _, name := range m.conflicts {
		if !m.has(name) {
			return nil
		}
		switch name {
		case "tags":
			values[name] = m.post.Tags
		case "readTime":
			values[name] = m.post.ReadTime
		}
	}
	for _, f := range textFields {
		if slices.Contains(m.conflicts, f.name) {
			values[f.name] = *f.of(&m.post)
		}
	}
	return values
}
