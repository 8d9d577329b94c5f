package post_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

func version(n int64) *int64 { return &n }

// wantLive fails the test unless readers get post p under its slug, in the list and by its words.
func (d fixture) wantLive(p post.Post) {
	d.Helper()
	p.CreatedBy, p.UpdatedBy = event.Actor{}, event.Actor{} // which readers do not get
	doc, moved, err := d.PublicGet(d.Context(), p.Slug)
	d.must(err)
	if diff := cmp.Diff(p, d.decode(doc)); diff != "" || moved != "" {
		d.Errorf("live as %q, moved to %q (-want +got):\n%s", p.Slug, moved, diff)
	}
	for _, q := range []post.Query{{}, {Category: p.Category}, {Words: p.Content}, {Words: p.Title, Category: p.Category}} {
		found := d.publicList(q)
		i := slices.IndexFunc(found, func(s post.Summary) bool { return s.ID == p.ID })
		if i < 0 || !cmp.Equal(found[i], p.Summary) {
			d.Errorf("the public list %+v has %+v", q, found)
		}
	}
}

func (d fixture) publicList(q post.Query) (found []post.Summary) {
	d.Helper()
	q.Limit = 100
	page, err := d.PublicList(d.Context(), q)
	d.must(err)
	for _, item := range page.Items {
		var s post.Summary
		d.must(json.Unmarshal(item, &s))
		found = append(found, s)
	}
	return found
}

// wantHidden fails the test unless readers get nothing of the slug nor of the word.
func (d fixture) wantHidden(slug, word string) {
	d.Helper()
	_, moved, err := d.PublicGet(d.Context(), slug)
	d.want(fault.NotFound, err)
	if found := d.publicList(post.Query{Words: word}); moved != "" || len(found) > 0 {
		d.Errorf("%q is found as %q, %q finds %+v", slug, moved, word, found)
	}
}

func (d fixture) wantMoved(from, to string) {
	d.Helper()
	_, moved, err := d.PublicGet(d.Context(), from)
	d.must(err)
	if moved != to {
		d.Errorf("%q leads to %q, want %q", from, moved, to)
	}
}

func (d fixture) lastEvent() event.Event {
	d.Helper()
	events := d.events()
	return events[len(events)-1]
}

func TestEdit_ofAPublishedPostIsLiveAtOnce(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"Tide","content":"one","category":"quay","published":true}`)
		if !cmp.Equal(p.LiveVersion, version(1)) {
			d.Errorf("a post that is created as published: %+v", p)
		}
		d.wantLive(p)
		p = d.mustEdit(p.ID, 1, `{"title":"Ebb","content":"two","category":"ship"}`)
		if e := d.lastEvent(); e.Seq != 2 || e.Type != event.Updated || !slices.Equal(e.Changed, []string{"category", "content", "title"}) {
			d.Errorf("event %+v", e)
		}
		if !cmp.Equal(p.LiveVersion, version(2)) {
			d.Errorf("got %+v", p)
		}
		d.wantLive(p)
		d.wantHidden("none", "one")
	})
}

// TestEdit_keepLive: no public answer has unpublished changes.
func TestEdit_keepLive(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"Tide","content":"one","category":"quay","published":true}`)
		draft := d.mustDraft(p.ID, 1, `{"slug":"ebb","title":"Ebb","content":"secret","category":"ship"}`)
		if !draft.Published || !cmp.Equal(draft.LiveVersion, version(1)) || draft.Version != 2 || draft.Content != "secret" {
			d.Errorf("got %+v", draft)
		}
		d.wantLive(p)
		d.wantHidden("ebb", "secret")
		d.wantHidden("ebb", "ebb")
		if found := d.publicList(post.Query{Category: "ship"}); len(found) > 0 {
			d.Errorf("the new category finds %+v", found)
		}
		// The next change that is shown shows all before it.
		p = d.mustEdit(p.ID, 2, `{"description":"d"}`)
		d.wantLive(p)
		d.wantMoved("tide", "ebb")
		if n := len(d.events()); n != 3 {
			d.Errorf("%d events", n)
		}
	})
}

func TestEdit_keepLiveOfADraft(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	for v, opts := range []post.EditOptions{{}, {KeepLive: true}, {Autosave: true}} {
		result, err := d.save(p.ID, int64(v+1), body(t, map[string]any{"content": strings.Repeat("x", v+1)}), opts)
		d.must(err)
		p = d.decode(result.Doc)
		if e := d.lastEvent(); p.Published || p.LiveVersion != nil || e.Autosave != opts.Autosave || e.Restored != 0 {
			t.Errorf("%+v: got %+v by %+v", opts, p, e)
		}
	}
	d.wantHidden("tide", "tide")
}

func TestPublish_movesTheLiveVersion(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"Tide","content":"one","published":true}`)
		d.mustDraft(p.ID, 1, `{"content":"two"}`)
		draft := d.mustDraft(p.ID, 2, `{"content":"three"}`)
		d.unchanged(func() {
			_, err := d.Publish(d.Context(), ana, p.ID, 2, true, post.Request{})
			d.wantStale(err, draft, "published")
		})
		d.wantLive(p)
		live := d.mustPublish(p.ID, true)
		if live.Version != 4 || !cmp.Equal(live.LiveVersion, version(4)) || live.Content != "three" || !cmp.Equal(live.PublishedAt, p.PublishedAt) {
			d.Errorf("got %+v", live)
		}
		if e := d.lastEvent(); e.Type != event.Published || e.Version != 4 || !slices.Equal(e.Changed, []string{"liveVersion"}) {
			d.Errorf("event %+v", e)
		}
		d.wantLive(live)
		d.unchanged(func() { // 0: any; 3: the version whose text it is; 4: the version itself
			for _, base := range []int64{0, 3, 4} {
				if result, err := d.Publish(d.Context(), ana, p.ID, base, true, post.Request{}); err != nil || result.Doc.Version != 4 {
					d.Errorf("again from %d: version %d, %v", base, result.Doc.Version, err)
				}
			}
			_, err := d.Publish(d.Context(), ana, p.ID, 2, true, post.Request{})
			d.wantStale(err, live, "published")
		})
	})
}

func TestPublish_offHidesAndKeepsTheText(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"Tide","content":"one","published":true}`)
		d.mustDraft(p.ID, 1, `{"content":"secret"}`)
		hidden := d.mustPublish(p.ID, false)
		if hidden.Published || hidden.LiveVersion != nil || hidden.Content != "secret" || hidden.Version != 3 {
			d.Errorf("got %+v", hidden)
		}
		if e := d.lastEvent(); e.Type != event.Published || !slices.Equal(e.Changed, []string{"published"}) {
			d.Errorf("event %+v", e)
		}
		d.wantHidden("tide", "tide")
		d.unchanged(func() { d.mustPublish(p.ID, false) })
		d.wantLive(d.mustPublish(p.ID, true))
		d.mustDelete(p.ID)
		d.wantHidden("tide", "tide")
	})
}

// TestPublish_twiceAtOnce: of editors that publish one version at the same time, one creates
// the event, and all succeed.
func TestPublish_twiceAtOnce(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"Tide"}`)
		var editors sync.WaitGroup
		for range 8 {
			editors.Go(func() {
				result, err := d.Publish(d.Context(), ana, p.ID, 1, true, post.Request{})
				if err != nil || result.Doc.Version != 2 {
					d.Errorf("version %d, %v", result.Doc.Version, err)
				}
			})
		}
		editors.Wait()
		if n := len(d.events()); n != 2 {
			d.Errorf("%d events", n)
		}
		d.wantLive(d.mustGet(p.ID))
	})
}

// TestLive_isIndependentOfTheRetention: without any event readers get the same.
func TestLive_isIndependentOfTheRetention(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"Tide","content":"one","published":true}`)
		d.mustDraft(p.ID, 1, `{"slug":"ebb","content":"two"}`)
		d.dropLog()
		d.wantLive(p)
		d.mustDraft(p.ID, 2, `{"content":"three"}`)
		d.wantLive(p)
		d.wantLive(d.mustPublish(p.ID, true))
		d.wantMoved("tide", "ebb")
	})
}

func TestLive_oldSlugs(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"A","published":true}`)
		d.mustEdit(p.ID, 1, `{"slug":"b"}`)
		d.wantMoved("a", "b")
		p = d.mustEdit(p.ID, 2, `{"slug":"c"}`)
		d.wantMoved("a", "c") // and not by way of b
		d.wantMoved("b", "c")
		d.wantLive(p)
		q := d.mustCreate(`{"title":"A","published":true}`) // a slug that is free again
		if q.Slug != "a" {
			d.Errorf("the slug is %q", q.Slug)
		}
		d.wantLive(q)
		d.mustEdit(q.ID, 1, `{"slug":"d"}`)
		d.wantMoved("a", "d") // the last post that had it
		p = d.mustEdit(p.ID, 3, `{"slug":"b"}`)
		d.wantLive(p) // back to one of its own
		d.wantMoved("c", "b")

		d.mustPublish(p.ID, false)
		for _, slug := range []string{"b", "c"} {
			d.wantHidden(slug, "none")
		}
		d.mustEdit(p.ID, 5, `{"slug":"e"}`) // while it is unpublished
		d.wantLive(d.mustPublish(p.ID, true))
		d.wantMoved("b", "e")
		d.mustDelete(p.ID)
		d.wantHidden("b", "none")
		d.mustRestore(p.ID, 7)
		d.wantLive(d.mustPublish(p.ID, true))
		d.wantMoved("b", "e")
	})
}

// TestLive_slugStaysTaken: a slug under which readers find a post is no other post's, also
// when the working text has left it.
func TestLive_slugStaysTaken(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"Tide","published":true}`)
		d.mustDraft(p.ID, 1, `{"slug":"ebb"}`)
		if q := d.mustCreate(`{"title":"Tide"}`); q.Slug != "tide-2" {
			d.Errorf("another post got %q", q.Slug)
		}
		_, err := d.create(ana, `{"title":"x","slug":"tide"}`, post.Request{})
		if diff := cmp.Diff([]string{"slug"}, broken(err)); diff != "" {
			d.Errorf("the live slug: %v", err)
		}
		_, err = d.create(ana, `{"title":"x","slug":"ebb"}`, post.Request{})
		if diff := cmp.Diff([]string{"slug"}, broken(err)); diff != "" {
			d.Errorf("the working slug: %v", err)
		}
		d.mustDraft(p.ID, 2, `{"slug":"tide"}`) // its own
		d.mustDraft(p.ID, 3, `{"slug":"ebb"}`)
		d.mustPublish(p.ID, true)
		if q := d.mustCreate(`{"title":"Tide"}`); q.Slug != "tide" {
			d.Errorf("the slug that was left is not free: %q", q.Slug)
		}
	})
}

func TestRestore_changesNoPublication(t *testing.T) {
	onEach(t, func(d fixture) {
		// Published as version 1, then hidden and rewritten: the old text is restored, unpublished.
		p := d.mustCreate(`{"title":"Tide","content":"one","published":true}`)
		d.mustPublish(p.ID, false)
		d.mustEdit(p.ID, 2, `{"content":"two"}`)
		back := d.mustRestore(p.ID, 1)
		if back.Published || back.LiveVersion != nil || back.Content != "one" || !cmp.Equal(back.PublishedAt, p.PublishedAt) {
			d.Errorf("got %+v", back)
		}
		d.wantHidden("tide", "one")
		// The text of a draft, restored on a published post, stays for editors alone or is shown.
		d.mustPublish(p.ID, true)
		live := d.mustEdit(p.ID, 5, `{"content":"five"}`)
		result, err := d.Restore(d.Context(), ana, p.ID, 3, true, post.Request{})
		d.must(err)
		if p := d.decode(result.Doc); !p.Published || !cmp.Equal(p.LiveVersion, version(6)) || p.Content != "two" || p.Version != 7 {
			d.Errorf("got %+v", p)
		}
		if e := d.lastEvent(); e.Type != event.Updated || e.Restored != 3 || !slices.Equal(e.Changed, []string{"content"}) {
			d.Errorf("event %+v", e)
		}
		d.wantLive(live)
		undone, err := d.Restore(d.Context(), ana, p.ID, 6, true, post.Request{}) // Undo
		d.must(err)
		if p := d.decode(undone.Doc); p.Content != "five" || !cmp.Equal(p.LiveVersion, version(6)) {
			d.Errorf("got %+v", p)
		}
		shown := d.mustRestore(p.ID, 3)
		if shown.Content != "two" || !cmp.Equal(shown.LiveVersion, version(9)) {
			d.Errorf("got %+v", shown)
		}
		d.wantLive(shown)
	})
}
