package sqlstore_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

const allPublished = int64(1) << 40

// autosaves stores versions first to last of a post, step apart, as autosaves by the author.
func autosaves(t testing.TB, store *sqlstore.Store, id, author, first, last int64, from time.Time, step time.Duration) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for v := first; v <= last; v++ {
			e := version(id, v, author, from.Add(time.Duration(v-first)*step))
			e.Autosave = true
			if err := tx.Emit(e); err != nil {
				return err
			}
		}
		return nil
	}))
}

func version(id, v, author int64, at time.Time) event.Event {
	return event.Event{ID: fmt.Sprintf("%d-%d", id, v), Type: event.Updated, PostID: id, Version: v, Time: at, Actor: event.Actor{ID: author, Name: "A"},
		Changed: []string{"content"}, Data: json.RawMessage(fmt.Sprintf(`{"id":%d,"version":%d,"content":"%s"}`, id, v, content(id, v)))}
}

func content(id, v int64) string { return fmt.Sprintf("Text %d of %d.", v, id) }

// wantThinned fails unless the events with these numbers are thinned, and no other.
func wantThinned(t testing.TB, store *sqlstore.Store, want ...int64) {
	t.Helper()
	var got []int64
	for _, e := range log(t, store) {
		if e.Thinned() {
			got = append(got, e.Seq)
		}
		checkData(t, e)
	}
	if !slices.Equal(got, want) {
		t.Errorf("thinned: %v, want %v", got, want)
	}
}

// checkData fails unless the event has the data that it was stored with, thinned or not.
func checkData(t testing.TB, e event.Event) {
	t.Helper()
	whole := version(e.PostID, e.Version, e.Actor.ID, e.Time)
	if thin, err := event.Thin(whole); err != nil || string(e.Data) != string(whole.Data) && string(e.Data) != string(thin.Data) {
		t.Errorf("event %d holds %s", e.Seq, e.Data)
	}
}

func thin(t testing.TB, store *sqlstore.Store, cutoff time.Time, published, want int64) {
	t.Helper()
	if n, err := store.ThinAutosaves(t.Context(), cutoff, published); n != want || err != nil {
		t.Errorf("%d events thinned, %v; want %d", n, err, want)
	}
}

func autosavesAreThinned(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	const ana, ben = 3, 4
	later := day.Add(24 * time.Hour)
	thin(t, store, later, allPublished, 0)
	emit(t, store, version(1, 1, ana, day))                                     // 1
	autosaves(t, store, 1, ana, 2, 5, day, time.Minute)                         // 2 to 5
	emit(t, store, version(1, 6, ana, day.Add(5*time.Minute)))                  // 6
	autosaves(t, store, 2, ben, 1, 2, day.Add(6*time.Minute), time.Minute)      // 7, 8
	autosaves(t, store, 1, ben, 7, 9, day.Add(6*time.Minute), time.Minute)      // 9 to 11
	autosaves(t, store, 1, ana, 10, 14, day.Add(10*time.Minute), 6*time.Minute) // 12 to 16: groups of two

	// The events from 5 on are too young.
	thin(t, store, day.Add(3*time.Minute), allPublished, 3)
	wantThinned(t, store, 2, 3, 4)
	// Those from 9 on are not on Kafka yet.
	thin(t, store, later, 8, 1)
	wantThinned(t, store, 2, 3, 4, 7)
	thin(t, store, later, allPublished, 4)
	wantThinned(t, store, 2, 3, 4, 7, 9, 10, 12, 14)
	thin(t, store, later, allPublished, 0)

	// They go on with the group of 16, which was the newest version when it was decided on.
	autosaves(t, store, 1, ana, 15, 17, day.Add(36*time.Minute), time.Second) // 17 to 19
	thin(t, store, later, allPublished, 2)
	wantThinned(t, store, 2, 3, 4, 7, 9, 10, 12, 14, 17, 18)
}

// A run may be longer than a batch, and its groups are those of the whole run.
func longRunsAreThinned(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	const n = 1000
	autosaves(t, store, 1, 3, 1, n, day, 7*time.Second) // 86 in ten minutes
	var want []int64
	for seq := int64(1); seq < n; seq++ {
		if seq%86 != 0 {
			want = append(want, seq)
		}
	}
	thin(t, store, day.Add(24*time.Hour), allPublished, int64(len(want)))
	wantThinned(t, store, want...)
}

// The version that readers see keeps its content, also when newer ones are stored beside it.
func liveVersionIsNotThinned(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	at := day
	live := int64(2)
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		p := post.Post{Content: content(1, 2), Summary: post.Summary{ID: 1, Slug: "a", Tags: []string{}, Version: 2, Published: true, LiveVersion: &live, CreatedAt: at, UpdatedAt: at}}
		summary, _, err := p.Encode()
		testkit.Must(t, err)
		return tx.Show(p, summary)
	}))
	autosaves(t, store, 1, 3, 1, 4, day, time.Second)
	thin(t, store, day.Add(time.Hour), allPublished, 2)
	wantThinned(t, store, 1, 3)
}

// A stop in the middle of thinning leaves each event whole or thinned; the next call does the rest.
func thinningGoesOnAfterAStop(t *testing.T, url string) {
	const n = 3000
	store, stop := start(t, sqlstore.Config{URL: url})
	autosaves(t, store, 1, 3, 1, n, day, time.Millisecond)
	ended := make(chan error, 1)
	go func() {
		_, err := store.ThinAutosaves(t.Context(), day.Add(time.Hour), allPublished)
		ended <- err
	}()
	for { // until it has begun
		events, err := store.After(t.Context(), 0, 1)
		testkit.Must(t, err)
		if events[0].Thinned() {
			break
		}
	}
	testkit.Must(t, stop())
	<-ended
	store = open(t, sqlstore.Config{URL: url})
	thinned := 0
	for _, e := range log(t, store) {
		checkData(t, e)
		if e.Thinned() {
			thinned++
		}
	}
	if thinned == 0 || thinned == n-1 {
		t.Logf("the stop came too late: %d events were thinned", thinned)
	}
	thin(t, store, day.Add(time.Hour), allPublished, int64(n-1-thinned))
}

// Nodes that thin at the same time thin each event once.
func nodesThinTogether(t *testing.T, url string) {
	const n, nodes = 1500, 3
	var stores [nodes]*sqlstore.Store
	for i := range stores {
		stores[i] = open(t, sqlstore.Config{URL: url})
	}
	autosaves(t, stores[0], 1, 3, 1, n, day, time.Millisecond)
	var all sync.WaitGroup
	var counts [nodes]int64
	for i, store := range stores {
		all.Go(func() {
			var err error
			if counts[i], err = store.ThinAutosaves(t.Context(), day.Add(time.Hour), allPublished); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if sum := counts[0] + counts[1] + counts[2]; sum != n-1 {
		t.Errorf("%v events thinned, want %d in all", counts, n-1)
	}
	for _, e := range log(t, stores[1])[:n-1] {
		if !e.Thinned() {
			t.Fatalf("event %d is whole", e.Seq)
		}
	}
}

// An event that cannot be read stays, and does not stop the others from being thinned.
func damagedEventIsNotThinned(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for v := int64(1); v <= 3; v++ {
			e := version(1, v, 3, day)
			e.Autosave = true
			if v == 1 {
				e.Data = json.RawMessage(strings.TrimSuffix(string(e.Data), `"}`))
			}
			if err := tx.Emit(e); err != nil {
				return err
			}
		}
		return nil
	}))
	thin(t, store, day.Add(time.Hour), allPublished, 1)
}
