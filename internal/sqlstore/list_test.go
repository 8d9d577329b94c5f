package sqlstore_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// walk reads a list page by page and returns the ids in its order.
func walk(t testing.TB, store *sqlstore.Store, q post.Query) (ids []int64) {
	t.Helper()
	if q.Words != "" {
		testkit.Must(t, store.AwaitIndex(t.Context(), false))
	}
	for pages := 0; ; pages++ {
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
		if len(page.Items) != q.Limit || pages > 1000 {
			t.Fatalf("page %d of %+v has %d items and a next one", pages, q, len(page.Items))
		}
		// The position, as a client sends it.
		if q.After, err = post.ParsePosition(page.Next.Encode(), q.Sort); err != nil {
			t.Fatalf("%+v: %v", *page.Next, err)
		}
	}
}

// library is a number of posts with many equal keys.
func library(t *testing.T, store *sqlstore.Store, n int) (all []post.Summary) {
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for i := range n {
			s := post.Summary{
				Title:     []string{"alpha", "Alpha", "ALPHA 2", "beta", "Äpfel", "äpfel", "日本", "x,\"y"}[i%8],
				Category:  []string{"", "quay", "ship"}[i%3],
				Tags:      [][]string{{}, {"oar"}, {"oar", "Oar", "日本"}}[i%3],
				Published: i%4 == 1,
				CreatedAt: day.Add(time.Duration(i*7919%50) * time.Second),
				UpdatedAt: day.Add(time.Duration(i*104729%40) * time.Hour),
			}
			if i%11 == 7 {
				s.AuthorName = "Ana"
			} else if i%11 > 7 {
				s.CreatedBy = event.Actor{ID: 1, Name: "Ana"}
			}
			content := "common"
			if i%97 == 5 {
				content = "common rare"
			}
			id, err := add(tx, s, content)
			if err != nil {
				return err
			}
			s.ID = id
			all = append(all, s)
		}
		return nil
	}))
	return all
}

// titleKey compares as titles do: without regard to the case of ASCII letters, and on
// MySQL without regard to accents either.
func titleKey(url, title string) string {
	if strings.HasPrefix(url, "mysql:") {
		title = strings.NewReplacer("Ä", "a", "ä", "a").Replace(title)
	}
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, title)
}

func listEveryOrderAndFilter(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	all := library(t, store, 320) // more than a search looks at one by one
	yes, no := true, false
	for _, sort := range post.Sorts {
		field, descending := sort.Field()
		sorted := slices.SortedFunc(slices.Values(all), func(a, b post.Summary) int {
			var order int
			switch field {
			case "updatedAt":
				order = a.UpdatedAt.Compare(b.UpdatedAt)
			case "createdAt":
				order = a.CreatedAt.Compare(b.CreatedAt)
			case "title":
				order = strings.Compare(titleKey(url, a.Title), titleKey(url, b.Title))
			}
			order = cmp.Or(order, cmp.Compare(a.ID, b.ID))
			if descending {
				return -order
			}
			return order
		})
		for _, q := range []post.Query{
			{}, {Published: &yes}, {Published: &no}, {Category: "quay"}, {Category: "quay", Published: &yes}, {Category: "none"},
			{Words: "common"}, {Words: "rare"}, {Words: "RA comm"}, {Words: "nowhere"},
			{Tag: "oar"}, {Tag: "日本", Published: &yes}, {Tag: "Oar", Category: "ship"}, {Tag: "none"}, {Author: "Ana"}, {Author: "ana"}, {Author: "Ana", Tag: "oar", Published: &no},
			{Words: "rare", Tag: "oar"}, {Words: "common", Tag: "oar", Author: "Ana"}, {Words: "nowhere", Author: "Ana"},
			{Words: "rare", Published: &no}, {Words: "rare", Category: "ship"}, {Words: "common", Category: "ship", Published: &no},
		} {
			var want []int64
			for _, s := range sorted {
				rare := (s.ID-1)%97 == 5
				if (q.Published == nil || *q.Published == s.Published) && q.Matches(s) &&
					(q.Words == "" || q.Words == "common" || rare && q.Words != "nowhere") {
					want = append(want, s.ID)
				}
			}
			q.Sort = sort
			for _, q.Limit = range []int{3, 50} {
				if q.Limit == 3 && len(want) > 30 {
					continue // a long walk without a new case
				}
				if diff := gocmp.Diff(want, walk(t, store, q)); diff != "" {
					t.Errorf("%+v (-want +got):\n%s", q, diff)
				}
				wantTotal(t, store, q, len(want))
			}
		}
	}
}

// wantTotal checks the first page's total, which may be unknown for words that more than a page matches.
func wantTotal(t *testing.T, store *sqlstore.Store, q post.Query, want int) {
	t.Helper()
	q.Count = true
	page, err := store.List(t.Context(), q)
	testkit.Must(t, err)
	switch {
	case page.Total == nil && (q.Words == "" || page.Next == nil):
		t.Errorf("%+v: no total; %d posts match", q, want)
	case page.Total != nil && *page.Total != int64(want):
		t.Errorf("%+v: a total of %d; %d posts match", q, *page.Total, want)
	}
	if q.After = page.Next; q.After != nil {
		if page, err = store.List(t.Context(), q); err != nil || page.Total != nil {
			t.Errorf("%+v: the second page has the total %v, %v", q, page.Total, err)
		}
	}
}

// listTotalsFollowChanges: a total that was counted is counted again after a change.
func listTotalsFollowChanges(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	library(t, store, 30)
	yes := true
	for n := 30; n < 33; n++ {
		for range 2 {
			wantTotal(t, store, post.Query{Sort: "title", Limit: 3}, n)
			wantTotal(t, store, post.Query{Sort: "title", Limit: 3, Published: &yes}, 8+n-30)
			wantTotal(t, store, post.Query{Sort: "title", Limit: 3, Category: "quay"}, 10)
		}
		mustAdd(t, store, post.Summary{Title: "new", Published: true}, "")
	}
}

// listCommonLabels: a label of many posts is read in the order of the list.
func listCommonLabels(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	all := library(t, store, 1700)
	yes := true
	for _, q := range []post.Query{{Tag: "oar"}, {Tag: "oar", Published: &yes}, {Tag: "oar", Author: "Ana"}, {Tag: "oar", Words: "rare"}} {
		q.Sort, q.Limit = "createdAt", 100
		slices.SortFunc(all, func(a, b post.Summary) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
		var want []int64
		for _, s := range all {
			if q.Matches(s) && (q.Published == nil || s.Published) && (q.Words == "" || (s.ID-1)%97 == 5) {
				want = append(want, s.ID)
			}
		}
		if diff := gocmp.Diff(want, walk(t, store, q)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", q, diff)
		}
		if q.Published == nil { // of the published ones among so many the number is not known
			wantTotal(t, store, q, len(want))
		}
	}
}

// listWhilePostsChange: posts without changes are listed once each, whatever happens
// to the others meanwhile.
func listWhilePostsChange(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	library(t, store, 200)
	stop := make(chan struct{})
	var editors sync.WaitGroup
	for w := range 2 {
		editors.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := int64(101 + (i*2+w)%100)
				err := store.Update(t.Context(), 0, func(tx post.Tx) error {
					if i%5 == 4 {
						_, err := add(tx, post.Summary{Title: "new", UpdatedAt: day.Add(time.Duration(i) * time.Minute)}, "common")
						return err
					}
					return change(tx, id, func(p *post.Post) {
						p.Title = fmt.Sprint("changed ", i)
						p.UpdatedAt = p.UpdatedAt.Add(time.Duration(i%7-3) * time.Hour)
					})
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for _, sort := range post.Sorts {
		for _, words := range []string{"", "common"} {
			seen := make(map[int64]int)
			for _, id := range walk(t, store, post.Query{Sort: sort, Limit: 9, Words: words}) {
				seen[id]++
			}
			for id := int64(1); id <= 100; id++ {
				if seen[id] != 1 {
					t.Errorf("%s, words %q: post %d was listed %d times", sort, words, id, seen[id])
				}
			}
		}
	}
	close(stop)
	editors.Wait()
}

// listLabels: tags and authors follow each change of their posts.
func listLabels(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	want := func(read func(context.Context) ([]post.NameCount, error), names ...post.NameCount) {
		t.Helper()
		got, err := read(t.Context())
		testkit.Must(t, err)
		if diff := gocmp.Diff(append([]post.NameCount{}, names...), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	want(store.Tags)
	want(store.Authors)
	ana := event.Actor{ID: 1, Name: "Ana"}
	first := mustAdd(t, store, post.Summary{Title: "x", Tags: []string{"oar", "Oar", "oar"}, CreatedBy: ana}, "")
	second := mustAdd(t, store, post.Summary{Title: "x", Tags: []string{"oar"}, CreatedBy: ana, AuthorName: "Bo"}, "")
	want(store.Tags, post.NameCount{Name: "Oar", Count: 1}, post.NameCount{Name: "oar", Count: 2})
	want(store.Authors, post.NameCount{Name: "Ana", Count: 1}, post.NameCount{Name: "Bo", Count: 1})
	testkit.Must(t, store.Update(t.Context(), second, func(tx post.Tx) error {
		p, err := tx.Get(second)
		if err != nil {
			return err
		}
		p.Tags, p.AuthorName = []string{"bow"}, ""
		summary, _, err := p.Encode()
		return errors.Join(err, tx.Replace(p, summary, []string{"authorName", "tags"}))
	}))
	want(store.Tags, post.NameCount{Name: "Oar", Count: 1}, post.NameCount{Name: "bow", Count: 1}, post.NameCount{Name: "oar", Count: 1})
	want(store.Authors, post.NameCount{Name: "Ana", Count: 2})
	testkit.Must(t, store.Update(t.Context(), first, func(tx post.Tx) error { return tx.Delete(first, event.Event{}) }))
	want(store.Tags, post.NameCount{Name: "bow", Count: 1})
	want(store.Authors, post.NameCount{Name: "Ana", Count: 1})
}

func listCategories(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	if c, err := store.Categories(t.Context()); err != nil || c == nil || len(c) != 0 {
		t.Errorf("no categories are %v, %v", c, err)
	}
	for _, category := range []string{"ship", "", "quay", "ship", "Ship"} {
		mustAdd(t, store, post.Summary{Title: "x", Category: category}, "")
	}
	got, err := store.Categories(t.Context())
	testkit.Must(t, err)
	if diff := gocmp.Diff([]post.NameCount{{Name: "Ship", Count: 1}, {Name: "quay", Count: 1}, {Name: "ship", Count: 2}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
