package sqlstore_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// walk reads a list page by page and returns the ids in its order.
func walk(t testing.TB, store *sqlstore.Store, q post.Query) (ids []int64) {
	t.Helper()
	for pages := 0; ; pages++ {
		page, err := store.List(t.Context(), q)
		must(t, err)
		for _, item := range page.Items {
			var s post.Summary
			must(t, json.Unmarshal(item, &s))
			ids = append(ids, s.ID)
		}
		if page.Next == nil {
			return ids
		}
		if len(page.Items) != q.Limit || pages > 1000 {
			t.Fatalf("page %d of %+v has %d items and a next one", pages, q, len(page.Items))
		}
		// The position goes to the client and comes back.
		if q.After, err = post.ParsePosition(page.Next.Encode(), q.Sort); err != nil {
			t.Fatalf("%+v: %v", *page.Next, err)
		}
	}
}

// library is a number of posts with many equal keys.
func library(t *testing.T, store *sqlstore.Store, n int) (all []post.Summary) {
	must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for i := range n {
			s := post.Summary{
				Title:     []string{"alpha", "Alpha", "ALPHA 2", "beta", "Äpfel", "äpfel", "日本", "x,\"y"}[i%8],
				Category:  []string{"", "quay", "ship"}[i%3],
				Published: i%4 == 1,
				CreatedAt: day.Add(time.Duration(i*7919%50) * time.Second),
				UpdatedAt: day.Add(time.Duration(i*104729%40) * time.Hour),
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
			{Words: "rare", Published: &no}, {Words: "rare", Category: "ship"}, {Words: "common", Category: "ship", Published: &no},
		} {
			var want []int64
			for _, s := range sorted {
				rare := (s.ID-1)%97 == 5
				if (q.Published == nil || *q.Published == s.Published) && (q.Category == "" || q.Category == s.Category) &&
					(q.Words == "" || q.Words == "common" || rare && q.Words != "nowhere") {
					want = append(want, s.ID)
				}
			}
			q.Sort = sort
			for _, q.Limit = range []int{3, 50} {
				if q.Limit == 3 && len(want) > 30 {
					continue // a long walk that tells nothing new
				}
				if diff := gocmp.Diff(want, walk(t, store, q)); diff != "" {
					t.Errorf("%s by %d, published %v, category %q, words %q (-want +got):\n%s", sort, q.Limit, q.Published, q.Category, q.Words, diff)
				}
			}
		}
	}
}

// listWhilePostsChange: the posts that nobody touches are listed once each, whatever
// happens to the others meanwhile.
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

func listCategories(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	if c, err := store.Categories(t.Context()); err != nil || c == nil || len(c) != 0 {
		t.Errorf("no categories are %v, %v", c, err)
	}
	for _, category := range []string{"ship", "", "quay", "ship", "Ship"} {
		mustAdd(t, store, post.Summary{Title: "x", Category: category}, "")
	}
	got, err := store.Categories(t.Context())
	must(t, err)
	if diff := gocmp.Diff([]post.Category{{Name: "Ship", Count: 1}, {Name: "quay", Count: 1}, {Name: "ship", Count: 2}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
