package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// wantIndexed fails unless the index has exactly the posts and live posts that exist.
func wantIndexed(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	for _, live := range []bool{false, true} {
		lacking, err := store.Unindexed(t.Context(), live, 0, 1000)
		testkit.Must(t, err)
		orphans, err := store.IndexOrphans(t.Context(), live, 0, 1000)
		testkit.Must(t, err)
		if len(lacking)+len(orphans) > 0 {
			t.Errorf("live %v: the index lacks the posts %v, and has %v, which do not exist", live, lacking, orphans)
		}
	}
}

// wantInIndex fails unless the index has the words of exactly these posts.
func wantInIndex(t *testing.T, store *sqlstore.Store, live bool, word string, ids ...int64) {
	t.Helper()
	got, err := sqlstore.MatchWords(t.Context(), store, live, word)
	testkit.Must(t, err)
	if fmt.Sprint(got) != fmt.Sprint(ids) && len(got)+len(ids) > 0 {
		t.Errorf("live %v: the index has %q for the posts %v, want %v", live, word, got, ids)
	}
}

// awaitIndexed waits until the indexer of a running store has all events, for at most limit, without asking it to index.
func awaitIndexed(t *testing.T, store *sqlstore.Store, limit time.Duration) {
	t.Helper()
	head, err := store.Head(t.Context())
	testkit.Must(t, err)
	for deadline := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		seq, err := store.IndexedSeq(t.Context())
		testkit.Must(t, err)
		if seq >= head {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v the index has the events up to %d of %d", limit, seq, head)
		}
	}
}

// mustPublish makes a post live with its next version.
func mustPublish(t *testing.T, store *sqlstore.Store, id int64) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error { return show(tx, id) }))
}

func deleteAt(t *testing.T, store *sqlstore.Store, id, version int64) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
		deletion := event.Event{ID: "e", Type: event.Deleted, PostID: id, Version: version, Time: day, Data: []byte("{}")}
		return errors.Join(tx.Delete(id, deletion), tx.Hide(id), tx.Emit(deletion))
	}))
}

// indexFollows: within a second of a commit the index has its words; posts that are deleted or
// hidden leave it.
func indexFollows(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "anchor", Published: true}, "bollard")
	other := mustAdd(t, store, post.Summary{Title: "anchor", Published: true}, "capstan")
	awaitIndexed(t, store, time.Second)
	wantInIndex(t, store, false, "anchor", id, other)
	wantInIndex(t, store, true, "anchor", id, other)
	mustChange(t, store, id, func(p *post.Post) { p.Content = "davit" })
	awaitIndexed(t, store, time.Second)
	wantInIndex(t, store, false, "bollard")
	wantInIndex(t, store, false, "davit", id)
	wantInIndex(t, store, true, "bollard", id)
	wantInIndex(t, store, true, "davit")
	mustChange(t, store, id, func(p *post.Post) { p.Content = "eyelet" })
	mustPublish(t, store, id)
	mustChange(t, store, id, func(p *post.Post) { p.Content = "fairlead" })
	awaitIndexed(t, store, time.Second)
	wantInIndex(t, store, false, "fairlead", id)
	wantInIndex(t, store, true, "fairlead")
	testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
		return errors.Join(change(tx, id, func(*post.Post) {}), tx.Hide(id))
	}))
	deleteAt(t, store, other, 2)
	awaitIndexed(t, store, time.Second)
	wantInIndex(t, store, true, "anchor")
	wantInIndex(t, store, false, "anchor", id)
	wantIndexed(t, store)
}

// indexCatchesUp: commits of the time without an indexer are indexed after the next start, over
// several pages of events and posts, each post as it is then.
func indexCatchesUp(t *testing.T, url string) {
	tool := open(t, sqlstore.Config{URL: url, Yield: true}) // which does not index by itself
	var ids []int64
	testkit.Must(t, tool.Update(t.Context(), 0, func(tx post.Tx) error {
		for i := range 600 {
			id, err := add(tx, post.Summary{Title: "first", Published: i%3 == 0}, "")
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	}))
	for i := range 10 {
		testkit.Must(t, tool.Update(t.Context(), 0, func(tx post.Tx) error {
			for j := range 500 {
				if err := change(tx, ids[j], func(p *post.Post) { p.Title = fmt.Sprint("changed ", i) }); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	deleteAt(t, tool, ids[3], 12)
	wantInIndex(t, tool, false, "first")
	store, stop := start(t, sqlstore.Config{URL: url})
	awaitIndexed(t, store, 2*time.Minute)
	wantIndexed(t, store)
	wantInIndex(t, store, false, "first", ids[500:]...)
	if got, err := sqlstore.MatchWords(t.Context(), store, false, "9"); err != nil || len(got) != 499 {
		t.Errorf("%d posts have the last word, want 499 (%v)", len(got), err)
	}
	// The end of Run indexes the last commits.
	last := mustAdd(t, store, post.Summary{Title: "last"}, "")
	testkit.Must(t, stop())
	wantInIndex(t, tool, false, "last", last)
}

// indexOfSeveralNodes: of nodes that commit at the same time each one's posts are indexed, and those
// of a node that has stopped.
func indexOfSeveralNodes(t *testing.T, url string) {
	nodes := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
	third, stop := start(t, sqlstore.Config{URL: url})
	var writers sync.WaitGroup
	for w, node := range append(nodes, third) {
		writers.Go(func() {
			for i := range 60 {
				id := mustAdd(t, node, post.Summary{Title: fmt.Sprintf("w%d", w)}, "")
				mustChange(t, node, id, func(p *post.Post) { p.Content = fmt.Sprintf("w%di%d", w, i) })
			}
		})
	}
	writers.Wait()
	testkit.Must(t, stop())
	awaitIndexed(t, nodes[0], 5*time.Second)
	wantIndexed(t, nodes[1])
	for w := range 3 {
		for _, i := range []int{0, 30, 59} {
			if got, err := sqlstore.MatchWords(t.Context(), nodes[1], false, fmt.Sprintf("w%di%d", w, i)); err != nil || len(got) == 0 {
				t.Errorf("the words of write %d of node %d are found in %v, %v", i, w, got, err)
			}
		}
	}
}

// indexIsTakenOver: a process that stopped in the middle of its work keeps others from indexing for
// no longer than 3 s, and changes nothing afterwards.
func indexIsTakenOver(t *testing.T, url string) {
	dead := open(t, sqlstore.Config{URL: url, Yield: true})
	id := mustAdd(t, dead, post.Summary{Title: "anchor"}, "")
	resume, err := sqlstore.StopIndexing(t.Context(), dead) // after it has read the posts
	testkit.Must(t, err)
	testkit.Must(t, resume(false)) // it has more to index
	mustChange(t, dead, id, func(p *post.Post) { p.Title = "bollard" })
	store := open(t, sqlstore.Config{URL: url})
	awaitIndexed(t, store, 3500*time.Millisecond)
	wantInIndex(t, store, false, "bollard", id)
	if err := resume(true); !errors.Is(err, sqlstore.ErrIndexMoved) {
		t.Errorf("the process that stopped stores older words: %v", err)
	}
	wantInIndex(t, store, false, "anchor")
	wantInIndex(t, store, false, "bollard", id)
}

// indexInParts: of two processes that have read the same events, one with an older text of a post, the
// second one to store words stores none.
func indexInParts(t *testing.T, url string) {
	tools := []*sqlstore.Store{open(t, sqlstore.Config{URL: url, Yield: true}), open(t, sqlstore.Config{URL: url, Yield: true})}
	id := mustAdd(t, tools[0], post.Summary{Title: "anchor"}, "")
	older, err := sqlstore.StopIndexing(t.Context(), tools[0])
	testkit.Must(t, err)
	mustChange(t, tools[0], id, func(p *post.Post) { p.Title = "bollard" })
	newer, err := sqlstore.StopIndexing(t.Context(), tools[1])
	testkit.Must(t, err)
	testkit.Must(t, newer(false))
	for _, last := range []bool{false, true} {
		if err := older(last); !errors.Is(err, sqlstore.ErrIndexMoved) {
			t.Errorf("words of an older text are stored, last %v: %v", last, err)
		}
	}
	testkit.Must(t, newer(true))
	wantInIndex(t, tools[0], false, "anchor")
	wantInIndex(t, tools[0], false, "bollard", id)
}

// indexOfLargePosts: a writer beside posts of 240 KB is not held up by their words.
func indexOfLargePosts(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	small := mustAdd(t, store, post.Summary{Title: "small"}, "")
	var text strings.Builder
	for i := 0; text.Len() < 240_000; i++ {
		fmt.Fprintf(&text, "word%d ", i%9000)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var large sync.WaitGroup
	large.Go(func() {
		for ctx.Err() == nil {
			mustAdd(t, store, post.Summary{Title: "large"}, text.String())
			time.Sleep(50 * time.Millisecond)
		}
	})
	var longest time.Duration
	for range 60 {
		began := time.Now()
		mustChange(t, store, small, func(p *post.Post) { p.Title += "x" })
		longest = max(longest, time.Since(began))
	}
	cancel()
	large.Wait()
	t.Logf("the longest of 60 writes took %v", longest)
	testkit.Must(t, store.AwaitIndex(t.Context(), false))
	wantIndexed(t, store)
	// A query misses words that InnoDB moves from memory to its tables at that time, which it does after every few large posts.
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got, err := sqlstore.MatchWords(t.Context(), store, false, "word8999")
		testkit.Must(t, err)
		if len(got) > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the last word of the large posts is not found")
		}
	}
}

// indexIsRebuilt: a rebuild stores lost words again and removes those of no post; a new epoch has the
// index rebuilt.
func indexIsRebuilt(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	var ids []int64
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for range 300 {
			id, err := add(tx, post.Summary{Title: "anchor", Published: true}, "")
			ids = append(ids, id)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	for _, rebuild := range []func() error{
		func() error { return store.RebuildIndex(t.Context()) },
		func() error {
			at, err := store.Position(t.Context())
			if err == nil {
				_, err = store.NewEpoch(t.Context(), at.Epoch)
			}
			return err
		},
	} {
		testkit.Must(t, store.AwaitIndex(t.Context(), true))
		testkit.Must(t, sqlstore.DamageIndex(t.Context(), store, ids[7], ids[299]+100))
		wantInIndex(t, store, false, "stray", ids[299]+100)
		testkit.Must(t, rebuild())
		testkit.Must(t, store.AwaitIndex(t.Context(), true))
		wantIndexed(t, store)
		wantInIndex(t, store, false, "anchor", ids...)
		wantInIndex(t, store, true, "anchor", ids...)
		wantInIndex(t, store, false, "stray")
	}
}

// indexWithoutItsEvents: events that are not indexed stay in the log; if they are lost, the index is rebuilt.
func indexWithoutItsEvents(t *testing.T, url string) {
	tool := open(t, sqlstore.Config{URL: url, Yield: true})
	id := mustAdd(t, tool, post.Summary{Title: "anchor"}, "")
	mustAdd(t, tool, post.Summary{Title: "bollard"}, "")
	testkit.Must(t, sqlstore.LoseEvents(t.Context(), tool, 1))
	store := open(t, sqlstore.Config{URL: url})
	awaitIndexed(t, store, time.Minute)
	testkit.Must(t, store.AwaitIndex(t.Context(), true))
	wantInIndex(t, store, false, "anchor", id)
	wantIndexed(t, store)
}
