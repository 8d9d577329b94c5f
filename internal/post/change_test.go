package post_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

func TestPublish(t *testing.T) {
	d := newFixture(t)
	draft := d.mustCreate(`{"title":"Tide"}`)
	p := d.mustPublish(draft.ID, true)
	want := draft
	want.Published, want.PublishedAt, want.LiveVersion, want.Version, want.UpdatedAt = true, &p.UpdatedAt, version(2), 2, p.UpdatedAt
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.unchanged(func() {
		if again := d.mustPublish(draft.ID, true); !cmp.Equal(again, p) {
			t.Errorf("publishing twice: %+v", again)
		}
		if _, err := d.Publish(t.Context(), ana, draft.ID, 1, true, post.Request{}); err != nil {
			t.Errorf("publishing twice from an old version: %v", err)
		}
	})
	back := d.mustPublish(draft.ID, false)
	if back.Published || back.LiveVersion != nil || !cmp.Equal(back.PublishedAt, p.PublishedAt) || back.Version != 3 {
		t.Errorf("unpublished: %+v", back)
	}
	if again := d.mustPublish(draft.ID, true); !cmp.Equal(again.PublishedAt, p.PublishedAt) {
		t.Errorf("the first publication moved from %v to %v", p.PublishedAt, again.PublishedAt)
	}
	for _, e := range d.events()[1:] {
		if e.Type != event.Published || !slices.Equal(e.Changed, []string{"published"}) {
			t.Errorf("event %+v", e)
		}
	}
}

func TestPublish_basedOnAnOldVersion(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	current := d.mustEdit(p.ID, 1, `{"title":"Ebb"}`)
	d.unchanged(func() {
		_, err := d.Publish(t.Context(), ana, p.ID, 1, true, post.Request{})
		d.wantStale(err, current, "published")
	})
	result, err := d.Publish(t.Context(), ana, p.ID, 2, true, post.Request{})
	d.must(err)
	if result.Doc.Version != 3 {
		t.Errorf("version %d, want 3", result.Doc.Version)
	}
}

func TestDelete(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	current := d.mustEdit(p.ID, 1, `{"title":"Ebb"}`)
	d.unchanged(func() {
		_, err := d.Delete(t.Context(), ana, p.ID, 1, post.Request{})
		d.wantStale(err, current)
	})
	_, err := d.Delete(t.Context(), ana, p.ID, 2, post.Request{})
	d.must(err)
	e := d.events()[2]
	if e.Type != event.Deleted || e.Version != 3 || len(e.Changed) != 0 {
		t.Errorf("event %+v", e)
	}
	var data map[string]any
	d.must(json.Unmarshal(e.Data, &data))
	if diff := cmp.Diff(map[string]any{"id": 1.0, "slug": "tide", "version": 3.0}, data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	page, err := d.List(t.Context(), vic, post.Query{Sort: "title", Limit: 10})
	d.must(err)
	if len(page.Items) != 0 || page.Cursor.Seq != 3 {
		t.Errorf("the list has %d items at %d", len(page.Items), page.Cursor.Seq)
	}
}

func TestRestore_aDeletedPost(t *testing.T) {
	d := newFixture(t)
	first := d.mustCreate(`{"title":"Tide","content":"one","tags":["a"],"readTime":7}`)
	d.mustPublish(first.ID, true)
	last := d.mustEdit(first.ID, 2, `{"content":"two","readTime":3,"tags":null}`)
	d.mustDelete(first.ID)

	p := d.mustRestore(first.ID, 3)
	want := last
	want.Version, want.UpdatedAt, want.Published, want.LiveVersion = 5, p.UpdatedAt, false, nil
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e := d.events()[4]
	if e.Type != event.Created || e.Version != 5 || e.PostID != first.ID || e.Restored != 3 {
		t.Errorf("event %+v", e)
	}
	d.mustDelete(first.ID)
	draft := d.mustRestore(first.ID, 1) // a version before its first publication
	if draft.Published || draft.Content != "one" || draft.Version != 7 {
		t.Errorf("got %+v", draft)
	}
	if !cmp.Equal(draft.PublishedAt, last.PublishedAt) {
		t.Errorf("its first publication was %v, and is %v now", last.PublishedAt, draft.PublishedAt)
	}
}

func TestRestore_slugTakenMeanwhile(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	d.mustDelete(p.ID)
	d.mustCreate(`{"title":"Tide"}`)
	if got := d.mustRestore(p.ID, 1); got.Slug != "tide-2" {
		t.Errorf("restored as %q", got.Slug)
	}
	// A post that is there keeps its own slug when the old one is another's.
	q := d.mustCreate(`{"title":"Ebb"}`)
	d.mustEdit(q.ID, 1, `{"slug":"ebb-2"}`)
	d.mustCreate(`{"title":"Ebb"}`)
	d.unchanged(func() {
		if got := d.mustRestore(q.ID, 1); got.Slug != "ebb-2" || got.Version != 2 {
			t.Errorf("nothing but the slug differed, and it could not change: %+v", got)
		}
	})
}

func TestRestore_anOlderVersion(t *testing.T) {
	d := newFixture(t)
	old := d.mustCreate(`{"title":"Tide","content":"one","category":"quay"}`)
	d.mustEdit(old.ID, 1, `{"title":"Ebb","category":null,"tags":["x"]}`)
	current := d.mustPublish(old.ID, true)

	d.unchanged(func() {
		if p := d.mustRestore(old.ID, 2); !cmp.Equal(p, current) {
			t.Errorf("a version of the same text, before the publication: %+v", p)
		}
	})
	p := d.mustRestore(old.ID, 1)
	want := old
	want.Version, want.UpdatedAt = 4, p.UpdatedAt
	want.Published, want.LiveVersion, want.PublishedAt = true, version(4), current.PublishedAt
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e := d.events()[3]
	if diff := cmp.Diff([]string{"category", "tags", "title"}, e.Changed); diff != "" || e.Type != event.Updated || e.Restored != 1 {
		t.Errorf("event %+v", e)
	}
	d.unchanged(func() {
		if again := d.mustRestore(old.ID, 4); again.Version != 4 {
			t.Errorf("restoring what is there made version %d", again.Version)
		}
	})
}

func TestRestore_refuses(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	d.mustDelete(p.ID)
	d.unchanged(func() {
		_, err := d.Restore(t.Context(), ana, p.ID, 2, false, post.Request{})
		if diff := cmp.Diff([]string{"version"}, broken(err)); diff != "" {
			t.Errorf("restoring the deletion: %v", err)
		}
		_, err = d.Restore(t.Context(), ana, p.ID, 3, false, post.Request{})
		d.want(fault.NotFound, err)
	})
	q := d.mustCreate(`{"title":"Ebb"}`)
	d.mustEdit(q.ID, 1, `{"title":"Flow"}`)
	d.dropLog()
	for _, id := range []int64{p.ID, q.ID} {
		_, err := d.Restore(t.Context(), ana, id, 1, false, post.Request{})
		d.want(fault.NotFound, err)
	}
}

func TestHistory(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	d.mustCreate(`{"title":"Other"}`)
	d.mustEdit(p.ID, 1, `{"title":"Ebb"}`)
	d.mustDelete(p.ID)
	versions := func(before int64, limit int) (versions []int64) {
		t.Helper()
		events, err := d.History(t.Context(), vic, p.ID, before, limit)
		d.must(err)
		for _, e := range events {
			versions = append(versions, e.Version)
		}
		return versions
	}
	if diff := cmp.Diff([]int64{3, 2}, versions(post.Newest, 2)); diff != "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1}, versions(2, 2)); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	if got := versions(1, 2); len(got) != 0 {
		t.Errorf("past the end: %v", got)
	}
	_, err := d.History(t.Context(), vic, 99, post.Newest, 2)
	d.want(fault.NotFound, err)

	d.dropLog()
	if events, err := d.History(t.Context(), vic, 2, post.Newest, 2); err != nil || len(events) != 1 || events[0].Version != 1 {
		t.Errorf("a post whose events have left the log: %+v, %v; want the last one", events, err)
	}
	_, err = d.History(t.Context(), vic, p.ID, post.Newest, 2)
	d.want(fault.NotFound, err)
}

// TestPublic: no public read returns a draft.
func TestPublic(t *testing.T) {
	d := newFixture(t)
	shown := d.mustCreate(`{"title":"Shown","category":"quay","published":true}`)
	d.mustCreate(`{"title":"Draft","category":"quay"}`)
	drafts := false
	page, err := d.PublicList(t.Context(), post.Query{Limit: 10, Published: &drafts, Words: "quay"})
	d.must(err)
	if len(page.Items) != 1 {
		t.Errorf("got %s", page.Items)
	}
	doc, _, err := d.PublicGet(t.Context(), "shown")
	d.must(err)
	if doc.ID != shown.ID {
		t.Errorf("got post %d", doc.ID)
	}
	_, _, err = d.PublicGet(t.Context(), "draft")
	d.want(fault.NotFound, err)
	d.mustPublish(shown.ID, false)
	_, _, err = d.PublicGet(t.Context(), "shown")
	d.want(fault.NotFound, err)
}
