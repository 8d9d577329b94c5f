package sqlstore_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

var bo = event.Actor{ID: 4, Name: "Bo"}

// mustDelete deletes a post at a time, with its event.
func mustDelete(t testing.TB, store *sqlstore.Store, id int64, at time.Time) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
		p, err := tx.Get(id)
		if err != nil {
			return err
		}
		deletion := event.Event{ID: "e", Type: event.Deleted, PostID: id, Version: p.Version + 1, Time: at, Actor: bo, Data: []byte(`{}`)}
		if err := tx.Delete(id, deletion); err != nil {
			return err
		}
		return tx.Emit(deletion)
	}))
}

// mustRevive stores a deleted post again.
func mustRevive(t testing.TB, store *sqlstore.Store, id int64) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
		last, err := tx.Last(id)
		if err != nil {
			return err
		}
		old, err := tx.At(id, last.Version-1)
		if err != nil {
			return err
		}
		p, err := post.Doc{ID: id, JSON: old.Data}.Decode()
		if err != nil {
			return err
		}
		p.Version = last.Version + 1
		summary, doc, err := p.Encode()
		if err != nil {
			return err
		}
		if err := tx.Insert(p, summary); err != nil {
			return err
		}
		return tx.Emit(event.Event{ID: "e", Type: event.Created, PostID: id, Version: p.Version, Time: day, Data: doc.JSON})
	}))
}

// inBin returns the deleted posts, all of them on one page.
func inBin(t testing.TB, store *sqlstore.Store, q post.Query) (deleted []post.Deleted) {
	t.Helper()
	q.Deleted, q.Limit, q.Sort, q.Count = true, 100, cmp.Or(q.Sort, "createdAt"), true
	page, err := store.List(t.Context(), q)
	testkit.Must(t, err)
	if page.Next != nil || page.Total == nil || *page.Total != int64(len(page.Items)) {
		t.Errorf("one page of %d: %+v", len(page.Items), page)
	}
	for _, item := range page.Items {
		var d post.Deleted
		testkit.Must(t, json.Unmarshal(item, &d))
		deleted = append(deleted, d)
	}
	return deleted
}

func bin(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	s := post.Summary{Title: "Häfen", Tags: []string{"oar"}, Published: true, PublishedAt: &day, CreatedAt: day, CreatedBy: bo}
	id := mustAdd(t, store, s, "text")
	mustChange(t, store, id, func(p *post.Post) { p.Category = "quay" })
	if got := inBin(t, store, post.Query{}); len(got) != 0 {
		t.Errorf("before the deletion: %+v", got)
	}
	at := day.Add(time.Hour)
	for range 2 { // deleted, restored and deleted again
		mustDelete(t, store, id, at)
		got := inBin(t, store, post.Query{})
		events, err := store.History(t.Context(), id, post.Newest, 1)
		testkit.Must(t, err)
		if len(got) != 1 || len(events) != 1 {
			t.Fatalf("deleted: %+v", got)
		}
		want := s
		want.ID, want.Slug, want.Category, want.UpdatedAt = id, fmt.Sprintf("post-%d", id), "quay", day
		want.Version, want.Published = events[0].Version, false
		if diff := gocmp.Diff(post.Deleted{Summary: want, DeletedAt: at, DeletedBy: bo}, got[0]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		mustRevive(t, store, id)
		if got := inBin(t, store, post.Query{}); len(got) != 0 {
			t.Errorf("after the restore: %+v", got)
		}
		at = at.Add(time.Hour)
	}
}

func binLists(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	all := library(t, store, 120)
	mustAdd(t, store, post.Summary{Title: "not deleted", Category: "quay", Tags: []string{"oar"}}, "common")
	deletedAt := map[int64]time.Time{}
	for i, s := range all {
		deletedAt[s.ID] = day.Add(time.Duration(i*7919%37) * time.Minute)
		mustDelete(t, store, s.ID, deletedAt[s.ID])
	}
	for _, sort := range post.Sorts {
		field, descending := sort.Field()
		sorted := slices.SortedFunc(slices.Values(all), func(a, b post.Summary) int {
			order := map[string]int{
				"updatedAt": deletedAt[a.ID].Compare(deletedAt[b.ID]), "createdAt": a.CreatedAt.Compare(b.CreatedAt),
				"title": strings.Compare(titleKey(url, a.Title), titleKey(url, b.Title)),
			}[field]
			if order = cmp.Or(order, cmp.Compare(a.ID, b.ID)); descending {
				return -order
			}
			return order
		})
		for _, q := range []post.Query{
			{}, {Category: "quay"}, {Tag: "oar"}, {Author: "Ana"}, {Words: "common"}, {Words: "rare"}, {Words: "nowhere"}, {Words: "common", Tag: "oar", Author: "Ana"},
		} {
			var want []int64
			for _, s := range sorted {
				if q.Matches(s) && (q.Words == "" || q.Words == "common" || q.Words == "rare" && (s.ID-1)%97 == 5) {
					want = append(want, s.ID)
				}
			}
			q.Sort, q.Deleted, q.Limit = sort, true, 7
			if diff := gocmp.Diff(want, walkShort(t, store, q)); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", q, diff)
			}
		}
	}
	page, err := store.List(t.Context(), post.Query{Deleted: true, Sort: "title", Limit: 7, Count: true})
	testkit.Must(t, err)
	if page.Total == nil || *page.Total != 120 {
		t.Errorf("the total: %v", page.Total)
	}
}

// walkShort reads a list whose pages may be short.
func walkShort(t testing.TB, store *sqlstore.Store, q post.Query) (ids []int64) {
	t.Helper()
	if q.Words != "" {
		testkit.Must(t, store.AwaitIndex(t.Context(), false))
	}
	for range 1000 {
		page, err := store.List(t.Context(), q)
		testkit.Must(t, err)
		for _, item := range page.Items {
			var s post.Summary
			testkit.Must(t, json.Unmarshal(item, &s))
			ids = append(ids, s.ID)
		}
		if page.Next == nil {
			return ids
		}
		q.After, err = post.ParsePosition(page.Next.Encode(), q.Sort)
		testkit.Must(t, err)
	}
	t.Fatal("the pages do not end")
	return nil
}

// binKeepsWhatTheLogHas: a deleted post can be restored as long as its deletion is in the
// log, even when its last change is not; then it is listed no longer.
func binKeepsWhatTheLogHas(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "old", CreatedAt: day}, "the text")
	other := mustAdd(t, store, post.Summary{Title: "other", CreatedAt: day}, "")
	mustDelete(t, store, id, day.Add(time.Hour))
	mustDelete(t, store, other, day.Add(3*time.Hour))
	head, err := store.Head(t.Context())
	testkit.Must(t, err)
	drop := func(cutoff time.Time, want int64, left ...int64) {
		t.Helper()
		if n, err := store.DropEvents(t.Context(), cutoff, head); err != nil || n != want {
			t.Errorf("%d events dropped, %v; want %d", n, err, want)
		}
		var ids []int64
		for _, d := range inBin(t, store, post.Query{}) {
			ids = append(ids, d.ID)
		}
		if !slices.Equal(ids, left) {
			t.Errorf("the deleted posts are %v, want %v", ids, left)
		}
	}
	drop(day.Add(time.Minute), 2, id, other) // the creations
	testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
		e, err := tx.At(id, 1)
		if err != nil {
			return err
		}
		p, err := post.Doc{ID: id, Version: 1, JSON: e.Data}.Decode()
		if err != nil || p.Content != "the text" || p.Version != 1 || e.Version != 1 {
			t.Errorf("the version before the deletion: %+v of %+v, %v", p, e, err)
		}
		_, err = tx.At(id, 3)
		wantKind(t, err, fault.NotFound)
		return nil
	}))
	drop(day.Add(2*time.Hour), 1, other)
	mustRevive(t, store, other)
	drop(day.Add(4*time.Hour), 1)
}

// deletedSearchIsBounded: a page ends after enough scanned text, and the next one continues.
func deletedSearchIsBounded(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	needle := mustAdd(t, store, post.Summary{Title: "needle"}, "")
	mustDelete(t, store, needle, day)
	hay := strings.Repeat("hay ", post.MaxContentBytes/4)
	for range 40 {
		mustDelete(t, store, mustAdd(t, store, post.Summary{Title: "long"}, hay), day.Add(time.Hour))
	}
	q := post.Query{Deleted: true, Sort: "-updatedAt", Limit: 10, Words: "needle"}
	page, err := store.List(t.Context(), q)
	testkit.Must(t, err)
	if len(page.Items) != 0 || page.Next == nil {
		t.Errorf("the first page: %+v", page)
	}
	if got := walkShort(t, store, q); !slices.Equal(got, []int64{needle}) {
		t.Errorf("found %v", got)
	}
}

// migrationFillsTheLists: a database of an earlier version gets its labels and its deleted
// posts from its posts and its log.
func migrationFillsTheLists(t *testing.T, url string) {
	store, stop := start(t, sqlstore.Config{URL: url})
	kept := mustAdd(t, store, post.Summary{Title: "kept", Tags: []string{"oar", "bow"}, CreatedBy: bo}, "")
	for i := range 600 { // more than a step of the migration
		mustAdd(t, store, post.Summary{Title: "x", Tags: []string{"oar"}, AuthorName: []string{"Ana", "Cy"}[i%2]}, "")
	}
	gone := mustAdd(t, store, post.Summary{Title: "gone", CreatedAt: day}, "its text")
	twice := mustAdd(t, store, post.Summary{Title: "twice", CreatedAt: day.Add(time.Second)}, "")
	mustDelete(t, store, twice, day)
	mustRevive(t, store, twice)
	mustDelete(t, store, gone, day.Add(time.Hour))
	mustDelete(t, store, twice, day.Add(2*time.Hour))
	mustDelete(t, store, kept, day)
	mustRevive(t, store, kept)
	read := func() (names [][]post.NameCount, deleted []post.Deleted) {
		for _, list := range []func(context.Context) ([]post.NameCount, error){store.Tags, store.Authors} {
			n, err := list(t.Context())
			testkit.Must(t, err)
			names = append(names, n)
		}
		return names, inBin(t, store, post.Query{})
	}
	names, deleted := read()
	if len(names[0]) != 2 || len(names[1]) != 3 || len(deleted) != 2 {
		t.Fatalf("before: %v, %+v", names, deleted)
	}
	testkit.Must(t, stop())
	testkit.Must(t, sqlstore.UndoMigrations(t.Context(), url, 3))
	store, stop = start(t, sqlstore.Config{URL: url})
	defer func() { testkit.Must(t, stop()) }()
	again, deletedAgain := read()
	if diff := gocmp.Diff([]any{names, deleted}, []any{again, deletedAgain}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := inBin(t, store, post.Query{Words: "its text"}); len(got) != 1 || got[0].ID != gone {
		t.Errorf("the text of a deleted post finds %+v", got)
	}
}
