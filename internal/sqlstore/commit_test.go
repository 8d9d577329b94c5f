package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

var errOwn = errors.New("the write's own error")

// write makes 40 writes, some of which fail after they have taken an id and a number, and
// returns the ids of those that did not.
func write(t *testing.T, store *sqlstore.Store, name string) (ids []int64) {
	for i := range 40 {
		var id int64
		err := store.Update(t.Context(), 0, func(tx post.Tx) (err error) {
			id, err = add(tx, post.Summary{Slug: fmt.Sprintf("%s-%d", name, i), Title: "x"}, "")
			switch {
			case err != nil:
				return err
			case i%5 == 2:
				return errOwn
			case i%7 == 3:
				panic("oops")
			}
			return nil
		})
		switch failed := i%5 == 2 || i%7 == 3; {
		case !failed && err == nil:
			ids = append(ids, id)
		case !failed || err == nil || i%5 == 2 && !errors.Is(err, errOwn) || i%5 != 2 && !strings.Contains(err.Error(), "oops"):
			t.Errorf("write %d of %s: %v", i, name, err)
		}
	}
	return ids
}

// checkWrites compares the log with the ids of the writes that succeeded.
func checkWrites(t *testing.T, store *sqlstore.Store, ids []int64) {
	t.Helper()
	var logged []int64
	for _, e := range log(t, store) {
		logged = append(logged, e.PostID)
	}
	slices.Sort(ids)
	slices.Sort(logged)
	if !slices.Equal(ids, logged) {
		t.Errorf("%d writes succeeded, %d are in the log", len(ids), len(logged))
	}
	if len(slices.Compact(ids)) != len(logged) {
		t.Error("an id was given twice")
	}
	for _, id := range ids {
		if _, err := store.Get(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

// numbersHaveNoGap: of many writers at once no number is lost, and OnCommit gets each event as the log has it.
func numbersHaveNoGap(t *testing.T, url string) {
	var commits atomic.Int64
	var reported []event.Event
	var reporting sync.Mutex
	store := open(t, sqlstore.Config{URL: url, OnCommit: func(events []event.Event) {
		commits.Add(1)
		reporting.Lock()
		defer reporting.Unlock()
		reported = append(reported, events...)
	}})
	if _, err := store.Position(t.Context()); err != nil { // which reads the epoch
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []int64
	var writers sync.WaitGroup
	for w := range 32 {
		writers.Go(func() {
			ids := write(t, store, fmt.Sprint("w", w))
			mu.Lock()
			all = append(all, ids...)
			mu.Unlock()
		})
	}
	writers.Wait()
	checkWrites(t, store, all)
	if n := commits.Load(); n == 0 || n > int64(len(all)) {
		t.Errorf("%d commits for %d writes", n, len(all))
	}
	logged := log(t, store)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		reporting.Lock()
		n := len(reported)
		reporting.Unlock()
		if n >= len(logged) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d events are reported", n, len(logged))
		}
	}
	slices.SortFunc(reported, func(a, b event.Event) int { return int(a.Seq - b.Seq) })
	if diff := cmp.Diff(logged, reported); diff != "" {
		t.Errorf("the log and what was reported (-log +reported):\n%s", diff)
	}
}

func numbersOfTwoProcesses(t *testing.T, url string) {
	stores := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
	var mu sync.Mutex
	var all []int64
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			ids := write(t, stores[w%2], fmt.Sprint("w", w))
			mu.Lock()
			all = append(all, ids...)
			mu.Unlock()
		})
	}
	writers.Wait()
	for _, store := range stores {
		checkWrites(t, store, slices.Clone(all))
	}
}

// hold keeps the writers busy: release releases one of them, which commits the writes queued meanwhile in one
// batch; rest releases the others. For use in a bubble.
func hold(store *sqlstore.Store, url string) (release, rest func()) {
	one := func() func() {
		free, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			store.Update(context.Background(), 0, func(post.Tx) error { <-free; return nil })
		}()
		synctest.Wait()
		return func() {
			close(free)
			<-ended
		}
	}
	release, rest = one(), func() {}
	if strings.HasPrefix(url, "mysql:") {
		rest = one()
	}
	return release, rest
}

// queue sends a write and returns when it waits; the channel gets its outcome.
func queue(ctx context.Context, store *sqlstore.Store, do func(post.Tx) error) <-chan error {
	outcome := make(chan error, 1)
	go func() { outcome <- store.Update(ctx, 0, do) }()
	synctest.Wait()
	return outcome
}

func failedWriteUndoesItselfAlone(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		var commits atomic.Int32
		store := open(t, sqlstore.Config{URL: url, OnCommit: func([]event.Event) { commits.Add(1) }})
		release, rest := hold(store, url)
		defer rest()
		var outcomes []<-chan error
		for i := range 8 {
			outcomes = append(outcomes, queue(t.Context(), store, func(tx post.Tx) error {
				id, err := add(tx, post.Summary{Slug: fmt.Sprint("s", i), Title: "x"}, "")
				testkit.Must(t, err)
				if p, err := tx.Get(id); err != nil || p.Slug != fmt.Sprint("s", i) {
					t.Errorf("write %d does not see itself: %+v, %v", i, p, err)
				}
				switch i {
				case 2:
					return errOwn
				case 3:
					panic("oops")
				case 5: // it breaks the uniqueness that the rules should have seen to
					_, err := add(tx, post.Summary{Slug: "s0", Title: "x"}, "")
					return err
				case 6: // sees the group's earlier writes, but not the failed ones
					for slug, want := range map[string]bool{"s0": true, "s2": false, "s3": false, "s4": true, "s5": false} {
						if taken, err := tx.SlugTaken(slug, 0); err != nil || taken != want {
							t.Errorf("%s: taken %v, %v", slug, taken, err)
						}
					}
				}
				return nil
			}))
		}
		release()
		for i, outcome := range outcomes {
			if err := <-outcome; (err != nil) != (i == 2 || i == 3 || i == 5) {
				t.Errorf("write %d: %v", i, err)
			}
		}
		synctest.Wait() // the answers come before OnCommit
		if n := commits.Load(); n != 1 {
			t.Errorf("OnCommit was called %d times for one group", n)
		}
		var slugs []string
		for _, e := range log(t, store) {
			doc, err := store.Get(t.Context(), e.PostID)
			testkit.Must(t, err)
			slugs = append(slugs, doc.Slug)
		}
		if want := []string{"s0", "s1", "s4", "s6", "s7"}; !slices.Equal(slugs, want) {
			t.Errorf("events of posts %v, want %v", slugs, want)
		}
	})
}

func groupIndexesWhatItCommits(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, sqlstore.Config{URL: url})
		first := mustAdd(t, store, post.Summary{Title: "anchor"}, "")
		second := mustAdd(t, store, post.Summary{Title: "bollard"}, "")
		release, rest := hold(store, url)
		defer rest()
		title := func(id int64, title string, err error) func(post.Tx) error {
			return func(tx post.Tx) error {
				return errors.Join(change(tx, id, func(p *post.Post) { p.Title = title }), err)
			}
		}
		outcomes := []<-chan error{
			queue(t.Context(), store, title(second, "capstan", nil)),
			queue(t.Context(), store, title(first, "davit", nil)),
			queue(t.Context(), store, title(first, "eyelet", errOwn)),
			queue(t.Context(), store, title(second, "fairlead", nil)),
			queue(t.Context(), store, func(tx post.Tx) error { _, err := add(tx, post.Summary{Title: "gaff"}, ""); return err }),
			queue(t.Context(), store, func(tx post.Tx) error { return tx.Delete(3, event.Event{}) }),
		}
		for i := range 100 { // the last of a post counts, in whatever order the posts come
			id, word := first, "davit"
			switch {
			case i%3 == 0:
				id, word = second, "fairlead"
			case i < 90:
				word = "halyard"
			}
			outcomes = append(outcomes, queue(t.Context(), store, title(id, word, nil)))
		}
		release()
		for i, outcome := range outcomes {
			if err := <-outcome; (err != nil) != (i == 2) {
				t.Errorf("write %d: %v", i, err)
			}
		}
		filler(t, store)
		for word, id := range map[string]int64{"anchor": 0, "bollard": 0, "capstan": 0, "davit": first, "eyelet": 0, "fairlead": second, "gaff": 0, "halyard": 0} {
			if got := found(t, store, word); id == 0 && len(got) != 0 || id != 0 && !slices.Equal(got, []int64{id}) {
				t.Errorf("%s is found in %v", word, got)
			}
		}
	})
}

func groupDoesNotBlockReaders(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "x"}, "old")
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		testkit.Must(t, change(tx, id, func(p *post.Post) { p.Content = "new" }))
		_, err := add(tx, post.Summary{Title: "uncommitted"}, "")
		testkit.Must(t, err)
		// All other reads succeed, and return the last committed state.
		doc, err := store.Get(t.Context(), id)
		testkit.Must(t, err)
		if !strings.Contains(string(doc.JSON), `"old"`) {
			t.Errorf("a reader sees %s", doc.JSON)
		}
		page, err := store.List(t.Context(), post.Query{Sort: "title", Limit: 10, Words: "uncommitted"})
		testkit.Must(t, err)
		events, err := store.After(t.Context(), 0, 10)
		testkit.Must(t, err)
		if len(page.Items) != 0 || page.Cursor.Seq != 1 || len(events) != 1 {
			t.Errorf("a reader sees %d items at %d and %d events", len(page.Items), page.Cursor.Seq, len(events))
		}
		return nil
	}))
	if n := len(log(t, store)); n != 3 {
		t.Errorf("%d events", n)
	}
}

func queueIsBounded(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, sqlstore.Config{URL: url})
		release, rest := hold(store, url)
		defer rest()
		const room = 1024
		outcomes := make(chan error, room)
		var done atomic.Int64
		for range room {
			go func() {
				outcomes <- store.Update(t.Context(), 0, func(post.Tx) error { done.Add(1); return nil })
			}()
		}
		synctest.Wait()
		err := store.Update(t.Context(), 0, func(post.Tx) error { t.Error("it was run"); return nil })
		wantKind(t, err, fault.Unavailable)
		var f *fault.Error
		if errors.As(err, &f) && f.RetryAfter <= 0 {
			t.Error("it does not say when to come back")
		}
		release()
		for range room {
			testkit.Must(t, <-outcomes)
		}
		if done.Load() != room {
			t.Errorf("%d writes were run", done.Load())
		}
		testkit.Must(t, store.Update(t.Context(), 0, func(post.Tx) error { return nil }))
	})
}

func queueSkipsWhoWentAway(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, sqlstore.Config{URL: url})
		release, rest := hold(store, url)
		defer rest()
		ctx, leave := context.WithCancel(t.Context())
		gone := queue(ctx, store, func(tx post.Tx) error { _, err := add(tx, post.Summary{Title: "gone"}, ""); return err })
		stays := queue(t.Context(), store, func(tx post.Tx) error { _, err := add(tx, post.Summary{Title: "stays"}, ""); return err })
		leave()
		release()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away is told %v", err)
		}
		testkit.Must(t, <-stays)
		if n := len(log(t, store)); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

func queueIsEmptiedAtTheStop(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		store, stop := start(t, sqlstore.Config{URL: url})
		release, rest := hold(store, url)
		var outcomes []<-chan error
		for range 1000 { // eight groups
			outcomes = append(outcomes, queue(t.Context(), store, func(tx post.Tx) error { _, err := add(tx, post.Summary{Title: "x"}, ""); return err }))
		}
		stopped := make(chan error, 1)
		go func() { stopped <- stop() }()
		synctest.Wait()
		release()
		rest()
		for _, outcome := range outcomes {
			testkit.Must(t, <-outcome)
		}
		testkit.Must(t, <-stopped)
		began := time.Now()
		wantKind(t, store.Update(context.Background(), 0, func(post.Tx) error { t.Error("it was run"); return nil }), fault.Unavailable)
		if took := time.Since(began); took != 0 {
			t.Errorf("a stopped store is told of after %v", took)
		}
		again := open(t, sqlstore.Config{URL: url})
		if n := len(log(t, again)); n != 1000 {
			t.Errorf("%d of 1000 writes are stored", n)
		}
	})
}

// emit adds an event alone.
func emit(t testing.TB, store *sqlstore.Store, e event.Event) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error { return tx.Emit(e) }))
}
