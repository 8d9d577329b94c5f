package post_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/post"
)

// lines joins the lines of a text.
func lines(s ...string) string { return strings.Join(s, "\n") }

const base = "one\ntwo\nthree\nfour"

// mergeCases: theirs changes a post from version 1 to 2, and an editor sends mine, based on
// version 1.
var mergeCases = map[string]struct {
	start, theirs, mine map[string]any
	want                map[string]any // of the answer
	merged              []string       // Wiredesk-Merged
	conflicts           []string
	base                map[string]any // of the conflict
}{
	"other lines": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": "ONE\ntwo\nthree\nfour"}, mine: map[string]any{"content": "one\ntwo\nthree\nFOUR"},
		want: map[string]any{"content": "ONE\ntwo\nthree\nFOUR"}, merged: []string{"content"}},
	"adjacent lines of the description": {
		start: map[string]any{"description": base}, theirs: map[string]any{"description": "one\nTWO\nthree\nfour"}, mine: map[string]any{"description": "one\ntwo\nTHREE\nfour"},
		want: map[string]any{"description": "one\nTWO\nTHREE\nfour"}, merged: []string{"description"}},
	"content and another field": {
		start: map[string]any{"content": base, "title": "T"}, theirs: map[string]any{"content": base + "!", "title": "U"}, mine: map[string]any{"content": "0\n" + base, "category": "c"},
		want: map[string]any{"content": "0\n" + base + "!", "title": "U", "category": "c"}, merged: []string{"content"}},
	// The defect that the merge by position ends: equal lines elsewhere are never changed.
	"a line of a section that others deleted": {
		start:  map[string]any{"content": lines("# North", "It costs 5 euros.", "", "# South", "It costs 5 euros.")},
		theirs: map[string]any{"content": lines("# North", "It costs 5 euros.", "")}, mine: map[string]any{"content": lines("# North", "It costs 5 euros.", "", "# South", "It costs 9 euros.")},
		conflicts: []string{"content"}, base: map[string]any{"content": lines("# North", "It costs 5 euros.", "", "# South", "It costs 5 euros.")}},
	"the same line": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": "ONE\ntwo\nthree\nfour"}, mine: map[string]any{"content": "1\ntwo\nthree\nfour"},
		conflicts: []string{"content"}, base: map[string]any{"content": base}},
	"the same change": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": "ONE\ntwo\nthree\nfour"}, mine: map[string]any{"content": "ONE\ntwo\nthree\nfour", "category": "c"},
		want: map[string]any{"content": "ONE\ntwo\nthree\nfour", "category": "c"}},
	"mine is in theirs": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": "ONE\ntwo\nthree\nFOUR"}, mine: map[string]any{"content": "ONE\ntwo\nthree\nfour"},
		want: map[string]any{"content": "ONE\ntwo\nthree\nFOUR"}, merged: []string{"content"}},
	"theirs is in mine": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": "ONE\ntwo\nthree\nfour"}, mine: map[string]any{"content": "ONE\ntwo\nthree\nFOUR"},
		want: map[string]any{"content": "ONE\ntwo\nthree\nFOUR"}},
	"a field that mine has not changed": {
		start: map[string]any{"title": "T", "content": base}, theirs: map[string]any{"title": "U", "tags": []string{"x"}, "content": "x"},
		mine: map[string]any{"title": "T", "tags": []string{}, "content": base, "category": "c"},
		want: map[string]any{"title": "U", "category": "c", "content": "x"}},
	"one field, differently": {
		start: map[string]any{"title": "T", "category": "a"}, theirs: map[string]any{"title": "U", "category": "b"}, mine: map[string]any{"title": "V", "category": "b"},
		conflicts: []string{"title"}, base: map[string]any{"title": "T"}},
	"two fields, differently": {
		start: map[string]any{"title": "T", "slug": "x1", "blogImage": "/a"}, theirs: map[string]any{"title": "U", "slug": "x2", "blogImage": "/b"},
		mine: map[string]any{"title": "V", "slug": "x3", "description": "d", "blogImage": "/c"}, conflicts: []string{"blogImage", "slug", "title"},
		base: map[string]any{"title": "T", "slug": "x1", "blogImage": "/a"}},
	"line ends": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": "ONE\r\ntwo\r\nthree\r\nfour"}, mine: map[string]any{"content": "one\rtwo\rthree\rFOUR"},
		want: map[string]any{"content": "ONE\ntwo\nthree\nFOUR"}, merged: []string{"content"}},

	"tags of both": {
		start: map[string]any{"tags": []string{"a", "b", "c"}}, theirs: map[string]any{"tags": []string{"b", "c", "d"}}, mine: map[string]any{"tags": []string{"a", "b", "e"}},
		want: map[string]any{"tags": []string{"b", "d", "e"}}, merged: []string{"tags"}},
	"the same tag": {
		start: map[string]any{"tags": []string{"a"}}, theirs: map[string]any{"tags": []string{"a", "b"}}, mine: map[string]any{"tags": []string{"a", "b"}},
		want: map[string]any{"tags": []string{"a", "b"}}},
	"tags that were all removed": {
		start: map[string]any{"tags": []string{"a", "b"}}, theirs: map[string]any{"tags": []string{}}, mine: map[string]any{"tags": []string{"a", "b", "c"}},
		want: map[string]any{"tags": []string{"c"}}, merged: []string{"tags"}},
	"too many tags": {
		start: map[string]any{"tags": numbered(10, 0)}, theirs: map[string]any{"tags": numbered(16, 0)}, mine: map[string]any{"tags": append(numbered(10, 0), numbered(5, 90)...)},
		conflicts: []string{"tags"}, base: map[string]any{"tags": numbered(10, 0)}},
	"too long together": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": strings.Repeat("x", 200_000) + "\n" + base}, mine: map[string]any{"content": base + "\n" + strings.Repeat("y", 200_000)},
		conflicts: []string{"content"}, base: map[string]any{"content": base}},

	"read time follows the merged content": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": strings.Repeat("w ", 700) + "\n" + base}, mine: map[string]any{"content": base + "\n" + strings.Repeat("w ", 700)},
		want: map[string]any{"readTime": 7}, merged: []string{"content"}},
	"read time was given, and content changed": {
		start: map[string]any{"content": base}, theirs: map[string]any{"content": strings.Repeat("w ", 700)}, mine: map[string]any{"readTime": 9},
		want: map[string]any{"readTime": 9}},
	"read time is computed in mine": {
		start: map[string]any{"content": base, "readTime": 9}, theirs: map[string]any{"content": base + "\n" + strings.Repeat("w ", 700)}, mine: map[string]any{"readTime": nil},
		want: map[string]any{"readTime": 4}},
	"read time, differently": {
		start: map[string]any{"content": base, "readTime": 9}, theirs: map[string]any{"readTime": 10}, mine: map[string]any{"readTime": 11},
		conflicts: []string{"readTime"}, base: map[string]any{"readTime": 9}},
	"read time that mine has not changed": {
		start: map[string]any{"content": base}, theirs: map[string]any{"readTime": 10}, mine: map[string]any{"readTime": 1, "title": "U"},
		want: map[string]any{"readTime": 10, "title": "U"}},
}

func numbered(n, from int) (tags []string) {
	for i := range n {
		tags = append(tags, fmt.Sprint("t", from+i))
	}
	return tags
}

func TestEdit_merges(t *testing.T) {
	d := newFixture(t)
	for name, c := range mergeCases {
		t.Run(name, func(t *testing.T) {
			d := d.on(t)
			if c.start["title"] == nil {
				c.start["title"] = "A post"
			}
			id := d.mustCreate(body(t, c.start)).ID
			current := d.mustEdit(id, 1, body(t, c.theirs))
			result, err := d.save(id, 1, body(t, c.mine), post.EditOptions{})
			if c.conflicts != nil {
				d.wantStale(err, current, c.conflicts...)
				var stale *post.Stale
				if errors.As(err, &stale); !cmp.Equal(c.base, stale.Base) {
					t.Errorf("base (-want +got):\n%s", cmp.Diff(c.base, stale.Base))
				}
				return
			}
			d.must(err)
			d.wantFields(c.want, result.Doc)
			if !slices.Equal(c.merged, result.Merged) {
				t.Errorf("merged %v, want %v", result.Merged, c.merged)
			}
		})
	}
}

func (d fixture) wantFields(want map[string]any, doc post.Doc) {
	d.Helper()
	p := d.decode(doc)
	got := map[string]any{"title": p.Title, "content": p.Content, "description": p.Description, "category": p.Category, "tags": p.Tags, "readTime": p.ReadTime}
	for name, value := range want {
		if !cmp.Equal(value, got[name]) {
			d.Errorf("%s (-want +got):\n%s", name, cmp.Diff(value, got[name]))
		}
	}
}

// TestEdit_mergesOverSeveralVersions: what counts is the text at the base, not the versions
// between it and now.
func TestEdit_mergesOverSeveralVersions(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(body(d.T, map[string]any{"title": "T", "content": base}))
		d.mustEdit(p.ID, 1, body(d.T, map[string]any{"content": "ONE\ntwo\nthree\nfour"}))
		d.mustPublish(p.ID, true)
		d.mustDraft(p.ID, 3, body(d.T, map[string]any{"content": "one\nTWO\nthree\nfour", "title": "U"}))
		d.mustDelete(p.ID)
		d.mustRestore(p.ID, 4)
		result, err := d.save(p.ID, 1, body(d.T, map[string]any{"content": "1\ntwo\nthree\nfour", "title": "T"}), post.EditOptions{})
		d.must(err)
		d.wantFields(map[string]any{"title": "U", "content": "1\nTWO\nthree\nfour"}, result.Doc)
		if !slices.Equal(result.Merged, []string{"content"}) || result.Doc.Version != 7 {
			d.Errorf("got %+v", result)
		}
		if e := d.lastEvent(); !slices.Equal(e.Changed, []string{"content"}) {
			d.Errorf("event %+v", e)
		}
	})
}

// TestEdit_mergesNothingWithoutItsBase: the log no longer has the text at the base, or only
// its hash: a field that others changed is a conflict without a base, others are not.
func TestEdit_mergesNothingWithoutItsBase(t *testing.T) {
	for name, lose := range map[string]func(d fixture, p post.Post){
		"dropped": func(d fixture, _ post.Post) { d.dropLog(); d.exec("DELETE FROM kept_events") },
		"thinned": func(d fixture, p post.Post) { d.thin(p.ID, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newFixture(t)
			p := d.mustCreate(body(t, map[string]any{"title": "T", "content": base}))
			lose(d, p)
			current := d.mustEdit(p.ID, 1, body(t, map[string]any{"content": "ONE\ntwo\nthree\nfour"}))
			_, err := d.save(p.ID, 1, body(t, map[string]any{"content": "one\ntwo\nthree\nFOUR"}), post.EditOptions{})
			d.wantStale(err, current, "content")
			var stale *post.Stale
			if errors.As(err, &stale); stale.Base != nil {
				t.Errorf("base %v", stale.Base)
			}
			if got := d.mustEdit(p.ID, 1, `{"title":"U","readTime":9}`); got.Title != "U" || got.Content != current.Content || got.ReadTime != 9 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestEdit_mergesOnTheKeptVersion: the last version before the retention dropped it is a base.
func TestEdit_mergesOnTheKeptVersion(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(body(d.T, map[string]any{"title": "T", "content": base}))
		d.dropLog()
		d.mustEdit(p.ID, 1, body(d.T, map[string]any{"content": "ONE\ntwo\nthree\nfour"}))
		result, err := d.save(p.ID, 1, body(d.T, map[string]any{"content": "one\ntwo\nthree\nFOUR"}), post.EditOptions{})
		d.must(err)
		d.wantFields(map[string]any{"content": "ONE\ntwo\nthree\nFOUR"}, result.Doc)
	})
}

func TestKey_repeatsWhatWasMerged(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(body(d.T, map[string]any{"title": "T", "content": base, "tags": []string{"a"}}))
		d.mustEdit(p.ID, 1, body(d.T, map[string]any{"content": "ONE\ntwo\nthree\nfour", "tags": []string{"b"}}))
		patch, err := post.ParsePatch([]byte(body(d.T, map[string]any{"content": "one\ntwo\nthree\nFOUR", "tags": []string{"a", "c"}})))
		d.must(err)
		for _, replayed := range []bool{false, true} {
			result, err := d.Edit(d.Context(), ana, p.ID, 1, patch, post.EditOptions{}, request("k", "f"))
			d.must(err)
			if !slices.Equal(result.Merged, []string{"content", "tags"}) || result.Replayed != replayed || result.Doc.Version != 3 {
				d.Errorf("got %+v", result)
			}
		}
	})
}

// TestRestore_ofThinnedVersions: the text of a version whose content was removed cannot come
// back, and is not taken for an empty one.
func TestRestore_ofThinnedVersions(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(body(t, map[string]any{"title": "T", "content": base}))
	d.mustEdit(p.ID, 1, `{"content":"x"}`)
	d.thin(p.ID, 1)
	d.unchanged(func() {
		_, err := d.Restore(t.Context(), ana, p.ID, 1, false, post.Request{})
		if diff := cmp.Diff([]string{"version"}, broken(err)); diff != "" || !strings.Contains(err.Error(), "was removed") {
			t.Errorf("got %v", err)
		}
	})
}

func TestEdit_lineEnds(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"T","content":"a\r\nb\rc\n\r\n","description":"a\r\nb"}`)
	if p.Content != "a\nb\nc\n\n" || p.Description != "a\nb" {
		t.Errorf("created as %q, %q", p.Content, p.Description)
	}
	d.unchanged(func() { d.mustEdit(p.ID, 1, `{"content":"a\r\nb\r\nc\r\n\r\n","description":"a\rb"}`) })
}
