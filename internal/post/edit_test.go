package post_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// wantStale fails the test unless err names these conflicts and carries the post as it is now.
func (d fixture) wantStale(err error, current post.Post, conflicts ...string) {
	d.Helper()
	d.want(fault.Stale, err)
	var stale *post.Stale
	if !errors.As(err, &stale) {
		d.Fatalf("%v is no *Stale", err)
	}
	if diff := cmp.Diff(append([]string{}, conflicts...), stale.Conflicts); diff != "" {
		d.Errorf("conflicts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(current, d.decode(stale.Current)); diff != "" {
		d.Errorf("current post (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(current, d.mustGet(current.ID)); diff != "" {
		d.Errorf("the refused edit was stored (-want +got):\n%s", diff)
	}
}

func TestEdit(t *testing.T) {
	d := newFixture(t)
	old := d.mustCreate(`{"title":"Tide","content":"one","tags":["a"]}`)
	p := d.mustEdit(old.ID, 1, `{"title":"Ebb","content":"two","tags":["b"],"slug":"ebb"}`)
	want := old
	want.Title, want.Content, want.Tags, want.Slug, want.Version, want.UpdatedAt = "Ebb", "two", []string{"b"}, "ebb", 2, p.UpdatedAt
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p.UpdatedAt.Before(old.UpdatedAt) {
		t.Errorf("updated at %v, created at %v", p.UpdatedAt, old.UpdatedAt)
	}
	e := d.events()[1]
	if diff := cmp.Diff([]string{"content", "slug", "tags", "title"}, e.Changed); diff != "" || e.Type != event.Updated || e.Version != 2 {
		t.Errorf("event %+v", e)
	}
	patch, err := post.ParsePatch([]byte(`{"description":"by Bo"}`))
	d.must(err)
	result, err := d.Edit(t.Context(), bo, p.ID, 2, patch, post.EditOptions{}, post.Request{})
	d.must(err)
	if p := d.decode(result.Doc); p.UpdatedBy.Name != "Bo" || p.CreatedBy.Name != "Ana" {
		t.Errorf("created by %v, updated by %v", p.CreatedBy, p.UpdatedBy)
	}
}

func TestEdit_thatChangesNothingMakesNoEvent(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide","content":"one","tags":["a"],"category":"quay"}`)
	d.unchanged(func() {
		for _, body := range []string{`{}`, `{"title":"Tide"}`, `{"title":" Tide ","tags":["a","a"],"content":"one","category":"quay","slug":"tide","readTime":1,"description":null}`} {
			if got := d.mustEdit(p.ID, 1, body); !cmp.Equal(got, p) {
				t.Errorf("%s: got %s", body, cmp.Diff(p, got))
			}
		}
	})
}

func TestEdit_otherFieldsAreMerged(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide","content":"one"}`)
	d.mustEdit(p.ID, 1, `{"title":"Ebb"}`)
	d.mustPublish(p.ID, true)
	got := d.mustEdit(p.ID, 1, `{"content":"two","tags":["x"]}`)
	if got.Title != "Ebb" || got.Content != "two" || !got.Published || got.Version != 4 {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff([]string{"content", "tags"}, d.events()[3].Changed); diff != "" {
		t.Errorf("the event tells of more than the edit (-want +got):\n%s", diff)
	}
}

func TestEdit_sameFieldIsAConflict(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide","content":"one","description":"d"}`)
	current := d.mustEdit(p.ID, 1, `{"title":"Ebb","content":"two"}`)
	d.unchanged(func() {
		_, err := d.edit(p.ID, 1, `{"title":"Flow","description":"mine"}`)
		d.wantStale(err, current, "title")
		_, err = d.edit(p.ID, 1, `{"title":"Flow","content":"three","tags":["x"]}`)
		d.wantStale(err, current, "content", "title")
	})
	// There and back again is no change: what counts is the base and the present text.
	d.mustEdit(p.ID, 2, `{"title":"Tide"}`)
	if got := d.mustEdit(p.ID, 1, `{"title":"Flow"}`); got.Title != "Flow" || got.Content != "two" {
		t.Errorf("got %+v", got)
	}
}

func TestEdit_sameValueIsNoConflict(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide","content":"one"}`)
	current := d.mustEdit(p.ID, 1, `{"title":"Ebb"}`)
	d.unchanged(func() {
		if got := d.mustEdit(p.ID, 1, `{"title":"Ebb"}`); !cmp.Equal(got, current) {
			t.Errorf("got %+v", got)
		}
	})
	if got := d.mustEdit(p.ID, 1, `{"title":"Ebb","content":"two"}`); got.Version != 3 || got.Content != "two" {
		t.Errorf("got %+v", got)
	}
}

// TestEdit_computedReadTimeIsNoConflict: two edits of other fields do not meet in the
// read time that follows the content.
func TestEdit_computedReadTimeIsNoConflict(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide","content":"one"}`)
	d.mustEdit(p.ID, 1, `{"readTime":9}`)
	d.mustEdit(p.ID, 2, `{"readTime":null}`)
	long := strings.Repeat("word ", 900)
	if got := d.mustEdit(p.ID, 1, body(t, map[string]any{"content": long})); got.ReadTime != 5 {
		t.Errorf("read time %d, want 5", got.ReadTime)
	}
}

func TestEdit_baseAheadOfCurrent(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	_, err := d.edit(p.ID, 9, `{"title":"Ebb","tags":["x"]}`)
	d.wantStale(err, p, "tags", "title")
	if got := d.mustEdit(p.ID, 9, `{"title":"Tide"}`); got.Version != 1 {
		t.Errorf("no change at all made version %d", got.Version)
	}
}

// TestEdit_whenTheLogIsTrimmed: without the log the changes of others are unknown, so every field that would
// change is a conflict.
func TestEdit_whenTheLogIsTrimmed(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide","content":"one"}`)
	d.mustEdit(p.ID, 1, `{"title":"Ebb"}`)
	d.dropLog()
	current := d.mustEdit(p.ID, 2, `{"description":"new"}`) // in the log again, but version 2 is not
	_, err := d.edit(p.ID, 1, `{"content":"two"}`)
	d.wantStale(err, current, "content")
	if got := d.mustEdit(p.ID, 2, `{"content":"two"}`); got.Content != "two" || got.Description != "new" {
		t.Errorf("got %+v", got)
	}
	d.dropLog()
	current = d.mustGet(p.ID)
	_, err = d.edit(p.ID, 3, `{"title":"Flow"}`)
	d.wantStale(err, current, "title")
	if got := d.mustEdit(p.ID, 4, `{"title":"Flow"}`); got.Version != 5 {
		t.Errorf("got %+v", got)
	}
}

// TestEdit_acrossADeletion: a deleted post, restored to an old version, differs from the base of the editor,
// also in a field that is empty now.
func TestEdit_acrossADeletion(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	d.mustEdit(p.ID, 1, `{"description":"long and dear"}`)
	d.mustDelete(p.ID)
	current := d.mustRestore(p.ID, 1)
	_, err := d.edit(p.ID, 2, `{"description":"long and dearer"}`)
	d.wantStale(err, current, "description")
	if got := d.mustEdit(p.ID, 2, `{"authorName":"Bo"}`); got.AuthorName != "Bo" {
		t.Errorf("got %+v", got)
	}
}

func TestEdit_slug(t *testing.T) {
	d := newFixture(t)
	d.mustCreate(`{"title":"Tide"}`)
	p := d.mustCreate(`{"title":"Ebb"}`)
	d.unchanged(func() {
		_, err := d.edit(p.ID, 1, `{"slug":"tide","title":"x"}`)
		if diff := cmp.Diff([]string{"slug"}, broken(err)); diff != "" {
			t.Errorf("a taken slug: %v", err)
		}
	})
	if got := d.mustEdit(p.ID, 1, `{"title":"Flow"}`); got.Slug != "ebb" {
		t.Errorf("the slug followed the title: %q", got.Slug)
	}
	if got := d.mustEdit(p.ID, 2, `{"slug":"flow"}`); got.Slug != "flow" {
		t.Errorf("got %q", got.Slug)
	}
	d.mustCreate(`{"title":"Ebb"}`) // the old one is free again
}

func TestMissingPosts(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	d.mustDelete(p.ID)
	for _, id := range []int64{p.ID, 99, 0, -1} {
		t.Run(fmt.Sprint(id), func(t *testing.T) {
			d := d.on(t)
			_, err := d.Get(t.Context(), vic, id)
			d.want(fault.NotFound, err)
			_, err = d.edit(id, 1, `{"title":"x"}`)
			d.want(fault.NotFound, err)
			_, err = d.Publish(t.Context(), ana, id, 0, true, post.Request{})
			d.want(fault.NotFound, err)
			_, err = d.Delete(t.Context(), ana, id, 0, post.Request{})
			d.want(fault.NotFound, err)
			_, err = d.Restore(t.Context(), ana, id, 7, false, post.Request{})
			d.want(fault.NotFound, err)
		})
	}
}
