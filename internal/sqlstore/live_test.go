package sqlstore_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// foundLive returns the ids of the live posts that the words find, in order.
func foundLive(t *testing.T, store *sqlstore.Store, words string) []int64 {
	t.Helper()
	ids := walk(t, store, post.Query{Live: true, Sort: post.PublicSort, Limit: 20, Words: words})
	slices.Sort(ids)
	return ids
}

// show makes the post live with its next version.
func show(tx post.Tx, id int64) error {
	p, err := tx.Get(id)
	if err != nil {
		return err
	}
	p.Version++
	p.PublishedAt = &day
	summary, doc, err := p.Encode()
	if err != nil {
		return err
	}
	if err := errors.Join(tx.Replace(p, summary, nil), tx.Show(p, summary)); err != nil {
		return err
	}
	return tx.Emit(event.Event{ID: "e", Type: event.Published, PostID: id, Version: p.Version, Time: day, Data: doc.JSON})
}

// liveSearch: the index of live posts follows publication alone. There are so many newer posts that only the
// index finds the old ones.
func liveSearch(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "anchor", Published: true}, "bollard")
	other := mustAdd(t, store, post.Summary{Title: "anchor", Published: true}, "capstan")
	draft := mustAdd(t, store, post.Summary{Title: "anchor"}, "davit")
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for range 300 {
			if _, err := add(tx, post.Summary{Title: "zzz", Published: true, CreatedAt: day.AddDate(1, 0, 0)}, ""); err != nil {
				return err
			}
		}
		return nil
	}))
	want := func(words string, ids ...int64) {
		t.Helper()
		if got := foundLive(t, store, words); !slices.Equal(got, ids) {
			t.Errorf("%q finds %v, want %v", words, got, ids)
		}
	}
	update := func(do func(tx post.Tx) error) {
		t.Helper()
		testkit.Must(t, store.Update(t.Context(), 0, do))
	}
	want("anchor", id, other)
	want("davit")
	mustChange(t, store, id, func(p *post.Post) { p.Content = "eyelet" }) // of the working text
	want("bollard", id)
	want("eyelet")
	update(func(tx post.Tx) error { return show(tx, id) })
	want("bollard")
	want("eyelet", id)
	mustChange(t, store, id, func(p *post.Post) { p.Content = "fairlead" })
	update(func(tx post.Tx) error { return show(tx, id) })
	want("fairlead anchor", id)
	update(func(tx post.Tx) error { return show(tx, draft) })
	want("anchor", id, other, draft)
	update(func(tx post.Tx) error { return tx.Hide(other) })
	want("anchor", id, draft)
	want("capstan")
	// One transaction that changes, shows, changes and hides leaves both indexes right.
	update(func(tx post.Tx) error {
		for _, content := range []string{"gangway", "hawser"} {
			if err := change(tx, draft, func(p *post.Post) { p.Content = content }); err != nil {
				return err
			}
			if content == "gangway" {
				if err := show(tx, draft); err != nil {
					return err
				}
			}
		}
		return tx.Hide(id)
	})
	want("gangway", draft)
	want("hawser")
	want("fairlead")
	if got := found(t, store, "hawser"); !slices.Equal(got, []int64{draft}) {
		t.Errorf("the working text is found as %v", got)
	}
}
