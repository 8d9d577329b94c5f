package sqlstore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// twoNodes runs do from several goroutines on each of two stores of one database, with
// the number of the goroutine.
func twoNodes(t *testing.T, url string, goroutines int, do func(store *sqlstore.Store, svc *post.Service, n int)) (reader *sqlstore.Store) {
	t.Helper()
	stores := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
	var all sync.WaitGroup
	for n := range goroutines {
		store := stores[n%2]
		all.Go(func() { do(store, post.NewService(store), n) })
	}
	all.Wait()
	return stores[0]
}

// nodesOnTheSamePosts: many writers change the same few posts in every way at once. The only errors are
// those of the rules. The log has each version of a post once, and its last event equals the post.
func nodesOnTheSamePosts(t *testing.T, url string) {
	const posts, writes = 4, 30
	setup, stop := start(t, sqlstore.Config{URL: url})
	var ids []int64
	for i := range posts {
		ids = append(ids, mustAdd(t, setup, post.Summary{Title: fmt.Sprint("post ", i)}, ""))
	}
	testkit.Must(t, stop())

	reader := twoNodes(t, url, 12, func(_ *sqlstore.Store, svc *post.Service, n int) {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		for i := range writes {
			id := ids[r.IntN(posts)]
			req := post.Request{}
			if i%3 == 0 {
				req = post.Request{Key: fmt.Sprint(n, "-", i), Fingerprint: []byte("f")}
			}
			var err error
			switch r.IntN(6) {
			case 0:
				_, err = svc.Delete(t.Context(), ana, id, 0, req)
			case 1:
				_, err = svc.Restore(t.Context(), ana, id, 1, false, req)
			case 2:
				_, err = svc.Publish(t.Context(), ana, id, 0, i%2 == 0, req)
			default:
				var doc post.Doc
				if doc, err = svc.Get(t.Context(), ana, id); err == nil {
					_, err = svc.Edit(t.Context(), ana, id, doc.Version, patch(t, map[string]any{"content": fmt.Sprint(n, i), "slug": fmt.Sprint("s", r.IntN(posts))}), post.EditOptions{}, req)
				}
			}
			switch fault.KindOf(err) {
			case fault.NotFound, fault.Stale, fault.Invalid:
			default:
				testkit.Must(t, err)
			}
		}
	})

	last := make(map[int64]event.Event)
	for _, e := range log(t, reader) {
		if e.Version != last[e.PostID].Version+1 {
			t.Errorf("post %d: version %d follows %d", e.PostID, e.Version, last[e.PostID].Version)
		}
		last[e.PostID] = e
	}
	for id, e := range last {
		doc, err := reader.Get(t.Context(), id)
		if e.Type == event.Deleted {
			wantKind(t, err, fault.NotFound)
			continue
		}
		testkit.Must(t, err)
		if diff := cmp.Diff(string(e.Data), string(doc.JSON)); diff != "" {
			t.Errorf("post %d and its last event (-event +post):\n%s", id, diff)
		}
	}
}

// nodesWithTheSameSlug: of several creations with one slug, one succeeds and the others get an
// error; creations without a slug get one each.
func nodesWithTheSameSlug(t *testing.T, url string) {
	var got, told atomic.Int64
	reader := twoNodes(t, url, 16, func(_ *sqlstore.Store, svc *post.Service, n int) {
		for i := range 10 {
			_, err := svc.Create(t.Context(), ana, patch(t, map[string]any{"title": "x", "slug": fmt.Sprint("wanted-", i)}), post.Request{})
			switch {
			case err == nil:
				got.Add(1)
			case fault.KindOf(err) == fault.Invalid:
				told.Add(1)
			default:
				t.Error(err)
			}
			if _, err := svc.Create(t.Context(), ana, patch(t, map[string]any{"title": fmt.Sprint("Title ", i)}), post.Request{}); err != nil {
				t.Error(err)
			}
		}
	})
	if got.Load() != 10 || told.Load() != 150 {
		t.Errorf("%d got a slug, %d were told that it is taken", got.Load(), told.Load())
	}
	if n := len(log(t, reader)); n != 170 {
		t.Errorf("%d events", n)
	}
}

// nodesWithTheSameKey: a request that is sent to two nodes at once is carried out once.
func nodesWithTheSameKey(t *testing.T, url string) {
	const requests = 20
	var mu sync.Mutex
	answers := make(map[string]map[string]bool) // of each key
	reader := twoNodes(t, url, 8, func(_ *sqlstore.Store, svc *post.Service, n int) {
		for i := range requests {
			key := fmt.Sprint("key ", i)
			result, err := svc.Create(t.Context(), ana, patch(t, map[string]any{"title": key}), post.Request{Key: key, Fingerprint: []byte("f")})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			if answers[key] == nil {
				answers[key] = make(map[string]bool)
			}
			answers[key][string(result.Doc.JSON)] = true
			mu.Unlock()
		}
	})
	for key, different := range answers {
		if len(different) != 1 {
			t.Errorf("%s has %d answers", key, len(different))
		}
	}
	if n := len(log(t, reader)); n != requests {
		t.Errorf("%d events of %d requests", n, requests)
	}
}

// groupMergesItsOwnEdits: of three edits of one version that are committed together, one
// of another field is merged, and one of the same field is refused.
func groupMergesItsOwnEdits(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, sqlstore.Config{URL: url})
		svc := post.NewService(store)
		id := mustAdd(t, store, post.Summary{Title: "x"}, "")
		release, rest := hold(store, url)
		defer rest()
		edit := func(field, text string) <-chan error {
			outcome, p := make(chan error, 1), patch(t, map[string]any{field: text})
			go func() {
				_, err := svc.Edit(t.Context(), ana, id, 1, p, post.EditOptions{}, post.Request{})
				outcome <- err
			}()
			synctest.Wait()
			return outcome
		}
		first, other, same := edit("content", "new"), edit("description", "new"), edit("content", "newer")
		release()
		testkit.Must(t, <-first)
		testkit.Must(t, <-other)
		var stale *post.Stale
		if err := <-same; !errors.As(err, &stale) || !slices.Equal(stale.Conflicts, []string{"content"}) {
			t.Errorf("the same field once more: %v", err)
		}
		doc, err := store.Get(t.Context(), id)
		testkit.Must(t, err)
		if p, err := doc.Decode(); err != nil || p.Content != "new" || p.Description != "new" || p.Version != 3 {
			t.Errorf("the post is %+v, %v", p, err)
		}
		log(t, store)
	})
}

// More than the server takes with one statement.
func groupOfLargeEvents(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	data := json.RawMessage(`"` + strings.Repeat("x", 1<<19) + `"`)
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for v := range int64(40) {
			if err := tx.Emit(event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: v + 1, Time: day, Data: data}); err != nil {
				return err
			}
		}
		return nil
	}))
	if n := len(log(t, store)); n != 40 {
		t.Errorf("%d events", n)
	}
}

// The whole group is undone when its end fails, and the others are stored all the same.
func groupWithoutTheGuiltyOne(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "x"}, "")
	twice := event.Event{ID: "e", Type: event.Updated, PostID: id, Version: 1, Time: day, Data: json.RawMessage(`{}`)}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			err := store.Update(t.Context(), 0, func(tx post.Tx) error {
				_, err := add(tx, post.Summary{Title: "y"}, "")
				if i%10 == 3 {
					err = errors.Join(err, tx.Emit(twice))
				}
				return err
			})
			if (err != nil) != (i%10 == 3) {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if n := len(log(t, store)); n != 37 {
		t.Errorf("%d events", n)
	}
}
