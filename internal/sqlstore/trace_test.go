package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func traceNumber(n int) string {
	return fmt.Sprintf("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa%08x-01", n)
}

// traceOfEvents: each event has the trace of its own write, in whichever group it is committed, where
// it is reported, in pages, in histories, in transactions, and where it is kept after the log.
func traceOfEvents(t *testing.T, url string) {
	const writers = 40
	var mu sync.Mutex
	want, reported := map[int64]string{}, map[int64]string{}
	store := open(t, sqlstore.Config{URL: url, OnCommit: func(events []event.Event) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range events {
			reported[e.PostID] = e.Trace
		}
	}})
	var group sync.WaitGroup
	for n := range writers {
		group.Go(func() {
			ctx, trace := t.Context(), ""
			if n%3 > 0 {
				trace = traceNumber(n)
				ctx = event.WithTrace(ctx, trace)
			}
			var id int64
			err := store.Update(ctx, 0, func(tx post.Tx) (err error) {
				id, err = add(tx, post.Summary{Title: fmt.Sprint(n), CreatedAt: day}, "")
				return err
			})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			want[id] = trace
		})
	}
	group.Wait()
	got := map[int64]string{}
	for _, e := range log(t, store) {
		got[e.PostID] = e.Trace
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	wantHistories(t, store, want)
	head, err := store.Head(t.Context())
	testkit.Must(t, err)
	_, err = store.DropEvents(t.Context(), day.Add(time.Hour), head)
	testkit.Must(t, err)
	wantHistories(t, store, want)
	eventuallyReported(t, &mu, reported, want)
}

// wantHistories compares the traces of the last events of posts.
func wantHistories(t *testing.T, store *sqlstore.Store, want map[int64]string) {
	t.Helper()
	for id, trace := range want {
		events, err := store.History(t.Context(), id, post.Newest, 10)
		if err != nil || len(events) != 1 || events[0].Trace != trace {
			t.Errorf("the history of post %d: %+v, %v; want the trace %q", id, events, err, trace)
		}
		testkit.Must(t, store.Update(t.Context(), id, func(tx post.Tx) error {
			if e, err := tx.Last(id); err != nil || e.Trace != trace {
				t.Errorf("the last event of post %d has the trace %q, %v; want %q", id, e.Trace, err, trace)
			}
			return nil
		}))
	}
}

// eventuallyReported waits for OnCommit, which is called after the writes have returned.
func eventuallyReported(t *testing.T, mu *sync.Mutex, reported, want map[int64]string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		diff := cmp.Diff(want, reported)
		mu.Unlock()
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("what was reported (-want +got):\n%s", diff)
		}
	}
}

// Each write has one span that ends with its error, and the trace of the span is stored.
func TestStore_spansOfWrites(t *testing.T) {
	var ends []error
	store := open(t, sqlstore.Config{URL: sqliteURL(t), StartSpan: func(ctx context.Context) (context.Context, func(error)) {
		return event.WithTrace(ctx, traceNumber(1)), func(err error) { ends = append(ends, err) }
	}})
	mustAdd(t, store, post.Summary{Title: "a", CreatedAt: day}, "")
	if events := log(t, store); events[0].Trace != traceNumber(1) {
		t.Errorf("stored %+v", events)
	}
	refused := errors.New("refused")
	err := store.Update(t.Context(), 1, func(post.Tx) error { return refused })
	if !errors.Is(err, refused) || len(ends) != 2 || ends[0] != nil || !errors.Is(ends[1], refused) {
		t.Errorf("%v; the spans ended with %v", err, ends)
	}
}

// A value in the database that is no trace is left out.
func TestStore_readsOnlyValidTraces(t *testing.T) {
	url := sqliteURL(t)
	store := open(t, sqlstore.Config{URL: url})
	mustAdd(t, store, post.Summary{Title: "a", CreatedAt: day}, "")
	_, err := openRaw(t, url).Exec(`UPDATE events SET trace = '"},"x'`)
	testkit.Must(t, err)
	if events := log(t, store); len(events) != 1 || events[0].Trace != "" {
		t.Errorf("read %+v", events)
	}
}
