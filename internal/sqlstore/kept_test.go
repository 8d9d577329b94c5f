package sqlstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// lastEventIsKept: of a post whose events have left the log the last one stays in the history,
// until a later one has left as well, or the deletion has.
func lastEventIsKept(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "edited", CreatedAt: day}, "1")
	still := mustAdd(t, store, post.Summary{Title: "untouched", CreatedAt: day}, "1")
	edit := func(text string) { mustChange(t, store, id, func(p *post.Post) { p.Content = text }) }
	drop := func() {
		t.Helper()
		head, err := store.Head(t.Context())
		testkit.Must(t, err)
		_, err = store.DropEvents(t.Context(), day.Add(time.Hour), head)
		testkit.Must(t, err)
	}
	history := func(id int64, want ...int64) {
		t.Helper()
		for _, limit := range []int{100, len(want)} {
			events, err := store.History(t.Context(), id, post.Newest, limit)
			testkit.Must(t, err)
			var got []int64
			for _, e := range events {
				got = append(got, e.Version)
			}
			if !slices.Equal(got, want) {
				t.Errorf("the history of post %d has the versions %v, want %v", id, got, want)
			}
		}
	}
	at := func(version int64, content string) {
		t.Helper()
		testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
			e, err := tx.At(id, version)
			if content == "" {
				wantKind(t, err, fault.NotFound)
				return nil
			}
			testkit.Must(t, err)
			p, err := post.Doc{ID: id, Version: version, JSON: e.Data}.Decode()
			if err != nil || p.Content != content || e.Version != version {
				t.Errorf("version %d: %+v, %v", version, p, err)
			}
			return nil
		}))
	}
	edit("2")
	edit("3")
	drop()
	history(id, 3)
	history(still, 1)
	at(2, "")
	at(3, "3")

	edit("4") // on a page that was opened at version 3
	history(id, 4, 3)
	at(3, "3")
	testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
		if fields, complete, err := tx.ChangedSince(id, 3); err != nil || !complete || !slices.Equal(fields, []string{"content", "title"}) {
			t.Errorf("changed since version 3: %v, %v, %v", fields, complete, err)
		}
		last, err := tx.Last(still)
		if err != nil || last.Version != 1 {
			t.Errorf("the last event of the untouched post: %+v, %v", last, err)
		}
		return nil
	}))
	edit("5")
	head, err := store.Head(t.Context())
	testkit.Must(t, err)
	_, err = store.DropEvents(t.Context(), day.Add(time.Hour), head-1) // version 4, and not version 5
	testkit.Must(t, err)
	history(id, 5)
	at(3, "")
	drop()
	history(id, 5)
	if events, err := store.History(t.Context(), id, 5, 10); err != nil || len(events) > 0 {
		t.Errorf("below version 5: %v, %v", events, err)
	}

	mustDelete(t, store, id, day)
	history(id, 6, 5)
	drop()
	history(id)
	history(still, 1)
	rows, err := store.Count(t.Context(), "kept_events")
	if err != nil || rows != 1 {
		t.Errorf("%d events are kept, %v", rows, err)
	}
	mustAdd(t, store, post.Summary{Title: "new"}, "")
}
